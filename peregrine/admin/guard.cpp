#include "peregrine/admin/guard.hpp"

#include <algorithm>
#include <utility>

namespace peregrine::admin {

namespace {

constexpr std::string_view scheme = "bearer ";
constexpr std::string_view offered = "bearer.";

std::string base64url(std::string_view raw) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string made;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char each : raw) {
    bits = bits << 8U | static_cast<unsigned char>(each);
    for (held += 8; held >= 6; held -= 6) made += digits[bits >> (held - 6) & 63U];
  }
  if (held > 0) made += digits[bits << (6 - held) & 63U];
  return made;
}

// Of an Origin: what stands behind its scheme.
std::string_view authority_of(std::string_view origin) noexcept {
  const auto end = origin.find("://");
  return end == std::string_view::npos ? std::string_view{} : origin.substr(end + 3);
}

}  // namespace

bool are_equal_secrets(std::string_view one, std::string_view other) noexcept {
  if (one.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    difference |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(other[i]);
  }
  return difference == 0;
}

bool is_of_this_machine(std::string_view authority) noexcept {
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const auto host = authority.substr(0, colon);
  if (equals_ignoring_case(host, "localhost") || host == "[::1]") return true;
  // All of 127.0.0.0/8, and as an address: a name may begin like one.
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::optional<http::answer> guard::check_origin(const http::request& asked) const {
  if (!has_token() && !is_of_this_machine(asked.authority)) {
    return http::answer{.status = 421,
                        .body =
                            "Without a token (--admin-token-file) this is for 127.0.0.1, [::1] and localhost, and "
                            "the request is for another host.\n"};
  }
  const auto origin = find(asked.head, "origin");
  if (origin && !equals_ignoring_case(authority_of(*origin), asked.authority)) {
    return http::answer{.status = 403, .body = "Pages of other sites may not ask for anything here.\n"};
  }
  return std::nullopt;
}

std::optional<http::answer> guard::check(const http::request& asked) const {
  if (auto foreign = check_origin(asked)) return foreign;
  if (!has_token() || has_presented(asked)) return std::nullopt;
  return http::answer{.status = 401,
                      .body = "This takes the administration's token: Authorization: Bearer TOKEN.\n",
                      .head = {{"WWW-Authenticate", "Bearer realm=\"peregrine\""}}};
}

bool guard::has_presented(const http::request& asked) const {
  const auto presented = find(asked.head, "authorization").value_or("");
  if (equals_ignoring_case(presented.substr(0, scheme.size()), scheme)) {
    return are_equal_secrets(presented.substr(scheme.size()), token_);
  }
  auto rest = find(asked.head, "sec-websocket-protocol").value_or("");
  const auto expected = base64url(token_);
  while (!rest.empty()) {
    auto each = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), each.size() + 1));
    each.remove_prefix(std::min(each.size(), each.find_first_not_of(" \t")));
    if (each.starts_with(offered) && are_equal_secrets(each.substr(offered.size()), expected)) return true;
  }
  return false;
}

}  // namespace peregrine::admin
