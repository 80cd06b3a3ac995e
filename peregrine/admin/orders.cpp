#include "peregrine/admin/orders.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/http/url.hpp"
#include "peregrine/net/address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>
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

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return wrong == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// As logs name a peer, with its port or without; nothing where it is no address.
std::optional<std::string> canonical_address(std::string_view said, bool needs_port) {
  const bool has_brackets = said.starts_with('[');
  auto host_end = has_brackets ? said.find(']') : said.find(':');
  if (has_brackets && host_end == std::string_view::npos) return std::nullopt;
  if (!has_brackets && host_end != said.rfind(':')) host_end = std::string_view::npos;  // IPv6 alone
  const auto host = said.substr(has_brackets ? 1 : 0, has_brackets ? host_end - 1 : host_end);
  const auto behind = host_end == std::string_view::npos ? std::string_view() : said.substr(host_end + has_brackets);
  if (behind.empty() && needs_port) return std::nullopt;
  const auto port = behind.empty()            ? std::optional<std::uint16_t>(0)
                    : behind.starts_with(':') ? number_in<std::uint16_t>(behind.substr(1))
                                              : std::nullopt;
  if (!port) return std::nullopt;
  const auto found = address::from_numbers(host, *port);
  if (!found || (has_brackets && found->family() != AF_INET6)) return std::nullopt;
  auto whole = found->to_string();
  if (behind.empty()) whole.resize(whole.rfind(':'));
  return whole;
}

std::optional<std::string> canonical_id(std::string_view said) {
  constexpr std::string_view between = " stream ";
  const auto space = std::min(said.find(between), said.size());
  auto whole = canonical_address(said.substr(0, space), true);
  if (!whole || space == said.size()) return whole;
  const auto stream = number_in<std::uint32_t>(said.substr(space + between.size()));
  if (!stream) return std::nullopt;
  return *whole + std::string(between) + std::to_string(*stream);
}

std::optional<std::string> canonical(closing::by what, std::string_view said) {
  switch (what) {
    case closing::by::address:
      return canonical_address(said, false);
    case closing::by::id:
      return canonical_id(said);
    case closing::by::room:
      break;
  }
  return said.starts_with('/') ? std::optional(std::string(said)) : std::nullopt;
}

}  // namespace

result<closing> closing::parse(std::string_view query) {
  const auto equals = query.find('=');
  for (const auto& [kind, what] : kinds) {
    if (equals == std::string_view::npos || query.substr(0, equals) != kind) continue;
    const auto said = http::percent_decoded(query.substr(equals + 1));
    auto value = said ? canonical(what, *said) : std::nullopt;
    if (value) return closing{what, std::move(*value)};
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
