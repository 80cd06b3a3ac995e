#include "peregrine/admin/orders.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/http/url.hpp"

#include <array>
#include <utility>

namespace peregrine::admin {

namespace {

constexpr const char* name = "orders";  // no room's: there is no slash before it

constexpr std::array<std::pair<std::string_view, closing::by>, 3> kinds{
    {{"room", closing::by::room}, {"address", closing::by::address}, {"id", closing::by::id}}};

// "room /lobby"
std::string spell(const closing& wanted) {
  return std::string(kinds[static_cast<std::size_t>(wanted.what)].first) + " " + wanted.value;
}

}  // namespace

result<closing> closing::parse(std::string_view query) {
  const auto equals = query.find('=');
  for (const auto& [kind, what] : kinds) {
    if (equals == std::string_view::npos || query.substr(0, equals) != kind) continue;
    auto value = http::percent_decoded(query.substr(equals + 1));
    if (value && !value->empty() && (what != by::room || value->starts_with('/'))) {
      return closing{what, std::move(*value)};
    }
  }
  return failure{
      "expected one of ?room=/PATH, ?address=ADDRESS or ?address=ADDRESS:PORT, ?id=ADDRESS:PORT%20stream%20NUMBER"};
}

bool order(hub& rooms, const closing& wanted) {
  return rooms.publish(name, message::text(spell(wanted)));
}

order_taker::order_taker(hub& rooms, acceptor& door, worker::figure& closed)
    : rooms_(rooms), door_(door), closed_(closed) {
  rooms.listen(name, [this](bytes heard) { take(heard); });
}

void order_taker::take(bytes order) {
  const auto text = as_text(order);
  const auto space = text.find(' ');
  for (const auto& [kind, what] : kinds) {
    if (text.substr(0, space) != kind) continue;
    log::info("admin", {{kind, text.substr(space + 1)}}, "Closing connections by order");
    waiting_.push_back({what, std::string(text.substr(space + 1))});
    reactor::current().in_next_turn(*this);
  }
}

void order_taker::on_turn() {
  if (!close_some_of(waiting_.front())) {
    waiting_.pop_front();
    next_ = 0;
  }
  if (!waiting_.empty()) reactor::current().in_next_turn(*this);
}

bool order_taker::close_some_of(const closing& now) {
  if (now.what == closing::by::room) {
    constexpr std::uint32_t slice = 500;  // some milliseconds of sends
    const auto* const room = rooms_.find_room(now.value);
    if (!room) return false;
    next_ = room->visit_members(static_cast<std::uint32_t>(next_), slice, [this](connection& each) { close(each); });
  } else {
    next_ = door_.visit_part(next_, [&](connection& each) {
      const auto peer = each.peer();
      const std::string_view from = peer;
      // An address is followed by its port, and both by the stream.
      const bool is_it = from == now.value || (now.what == closing::by::address && from.starts_with(now.value) &&
                                               (from[now.value.size()] == ':' || from[now.value.size()] == ' '));
      if (is_it) close(each);
    });
  }
  return next_ != 0;
}

void order_taker::close(connection& who) {
  if (!who.is_open()) return;
  who.close(websocket::close_code::policy_violation, "closed by the server's administration");
  closed_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace peregrine::admin
