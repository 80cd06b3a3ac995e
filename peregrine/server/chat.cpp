#include "peregrine/server/chat.hpp"

#include "peregrine/admin/guard.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace peregrine::server {

namespace {

std::string error_message(std::string_view why) {
  return nlohmann::json{{"error", why}}.dump();
}

}  // namespace

task<> chat::serve(connection& peer, bool commands) {
  auto seat = rooms_.join(peer.request().path, peer);
  for (;;) {
    if (!hear(co_await peer.receive())) co_return;
    if (is_for_the_room(commands)) {
      co_await seat.publish(*said_);
    } else {
      co_await tell(peer);
    }
  }
}

bool chat::is_for_the_room(bool commands) {
  if (const auto why = rule_.fault_of(*said_); !why.empty()) {
    answer_ = error_message(why);
    return false;
  }
  if (!commands || rule_.command().empty()) return true;
  answer_ = commands_.run(rule_.command());
  return false;
}

bool chat::is_operator(const http::request& request) const noexcept {
  if (token_.empty()) return false;
  constexpr std::string_view scheme = "bearer ";
  const auto presented = find(request.head, "authorization").value_or("");
  return equals_ignoring_case(presented.substr(0, scheme.size()), scheme) &&
         admin::are_equal_secrets(presented.substr(std::min(presented.size(), scheme.size())), token_);
}

}  // namespace peregrine::server
