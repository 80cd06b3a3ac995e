// The URL of a WebSocket (RFC 6455 §3): ws://host[:port]/path?query. http:// is taken for ws://, as browsers do.
#pragma once

#include "peregrine/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace peregrine::http {

struct url {
  bool is_secure = false;  // wss, https
  std::string host;        // without brackets
  std::uint16_t port = 80;
  std::string target = "/";  // path and query

  // As the Host field wants it: with brackets around IPv6, without the scheme's own port (RFC 9110 §7.2).
  std::string authority() const;

  // The error says what was expected.
  static result<url> parse(std::string_view text);
};

// What "%2Froom" stands for: "/room" (RFC 3986 §2.1). Nothing where a percent sign has no two digits behind it.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace peregrine::http
