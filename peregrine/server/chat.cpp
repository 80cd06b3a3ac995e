#include "peregrine/server/chat.hpp"

#include <nlohmann/json.hpp>

namespace peregrine::server {

namespace {

std::string error_message(std::string_view why) {
  return nlohmann::json{{"error", why}}.dump();
}

}  // namespace

// The frame of this coroutine is a part of what an idle connection costs: what does not outlast a suspension is no
// variable of it.
task<> chat::serve(connection& peer, bool commands) {
  auto seat = rooms_.join(peer.request().path, peer);
  while (const auto* said = co_await peer.receive()) {
    if (is_for_the_room(*said, commands)) {
      co_await seat.publish(*said);
    } else {
      co_await tell(peer);
    }
  }
}
bool chat::is_for_the_room(const message& said, bool commands) {
  if (carried_ == messages::any) return true;
  if (const auto why = object_in(said); !why.empty()) {
    answer_ = error_message(why);
    return false;
  }
  if (!commands || !command_in().starts_with('/')) return true;
  answer_ = commands_.run(command_in());
  return false;
}

std::string_view chat::object_in(const message& said) {
  if (!said.is_text()) return "this room carries JSON objects as text; a binary message was sent";
  const auto text = said.text();
  simdjson::dom::element parsed;
  if (const auto code = parser_.parse(text.data(), text.size(), true).get(parsed)) {
    return code == simdjson::EMPTY ? "the message is empty; expected a JSON object such as {\"text\": \"hello\"}"
                                   : "the message is not JSON; expected an object such as {\"text\": \"hello\"}";
  }
  if (parsed.get(object_)) return "the message is JSON but no object; expected one such as {\"text\": \"hello\"}";
  return {};
}

std::string_view chat::command_in() const noexcept {
  std::string_view text;
  if (object_["text"].get(text)) return {};
  return text;
}

bool chat::is_operator(const http::request& request) const noexcept {
  if (token_.empty()) return false;
  constexpr std::string_view scheme = "bearer ";
  const auto presented = find(request.head, "authorization").value_or("");
  if (presented.size() != scheme.size() + token_.size()) return false;
  if (!equals_ignoring_case(presented.substr(0, scheme.size()), scheme)) return false;
  unsigned difference = 0;  // in constant time: how much of a guess was right is not to be measured
  for (std::size_t i = 0; i < token_.size(); ++i) {
    difference |= static_cast<unsigned char>(presented[scheme.size() + i]) ^ static_cast<unsigned char>(token_[i]);
  }
  return difference == 0;
}

}  // namespace peregrine::server
