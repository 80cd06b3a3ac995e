#include "peregrine/http/url.hpp"

#include "peregrine/base/fields.hpp"

#include <algorithm>
#include <charconv>

namespace peregrine::http {

std::string url::authority() const {
  std::string made = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (is_secure ? 443 : 80)) made += ":" + std::to_string(port);
  return made;
}

result<url> url::parse(std::string_view text) {
  const auto refuse = [text](std::string_view why) {
    return failure{"'" + std::string(text) + "' is no WebSocket URL: " + std::string(why) +
                   "; expected one such as ws://127.0.0.1:8080/room"};
  };
  const auto end_of_scheme = text.find("://");
  if (end_of_scheme == std::string_view::npos) return refuse("it has no scheme");
  const auto scheme = text.substr(0, end_of_scheme);
  url made;
  if (equals_ignoring_case(scheme, "wss") || equals_ignoring_case(scheme, "https")) {
    made.is_secure = true;
    made.port = 443;
  } else if (!equals_ignoring_case(scheme, "ws") && !equals_ignoring_case(scheme, "http")) {
    return refuse("its scheme is '" + std::string(scheme) + "'");
  }

  std::string_view rest = text.substr(end_of_scheme + 3);
  rest = rest.substr(0, rest.find('#'));  // a fragment is never sent (RFC 6455 §3)
  const auto end_of_authority = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end_of_authority);
  const auto target = rest.substr(end_of_authority);
  if (std::any_of(target.begin(), target.end(), [](unsigned char c) { return c >= 0x80; })) {
    return refuse("its path has a character beyond ASCII, which is to be percent-encoded");  // RFC 3986 §2.1
  }
  if (std::any_of(target.begin(), target.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; })) {
    return refuse("its path has a space or a control character");
  }
  made.target = (target.starts_with('/') ? "" : "/") + std::string(target);
  if (authority.find('@') != std::string_view::npos) return refuse("user names in URLs are not supported");

  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return refuse("the address has no closing bracket");
    made.host = authority.substr(1, close - 1);
    authority = authority.substr(close + 1);
    if (!authority.empty() && authority.front() != ':')
      return refuse("something other than a port follows the address");
  } else {
    const auto colon = std::min(authority.find(':'), authority.size());
    made.host = authority.substr(0, colon);
    authority = authority.substr(colon);
  }
  if (made.host.empty()) return refuse("it has no host");
  if (authority.size() > 1) {
    const auto digits = authority.substr(1);
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), made.port);
    if (code != std::errc{} || end != digits.data() + digits.size()) {
      return refuse("its port is '" + std::string(digits) + "' and not a number from 0 to 65535");
    }
  }
  return made;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      made += text[i];
      continue;
    }
    unsigned value = 0;
    const auto digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    made += static_cast<char>(value);
    i += 2;
  }
  return made;
}

}  // namespace peregrine::http
