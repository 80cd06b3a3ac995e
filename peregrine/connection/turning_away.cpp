#include "peregrine/connection/turning_away.hpp"

#include "peregrine/http/http1.hpp"
#include "peregrine/http2/error_code.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace peregrine {

namespace {

// The server's empty SETTINGS, which come first (RFC 9113 §3.4), and GOAWAY.
std::string go_away(std::string_view why) {
  const auto number = [](std::string& to, std::uint32_t value, int bytes) {
    while (bytes-- > 0) to += static_cast<char>(value >> 8 * bytes);
  };
  constexpr std::uint32_t settings = 4;
  constexpr std::uint32_t goaway = 7;
  std::string made;
  for (const auto type : {settings, goaway}) {
    number(made, type == goaway ? static_cast<std::uint32_t>(8 + why.size()) : 0, 3);
    number(made, type, 1);
    number(made, 0, 1);  // flags
    number(made, 0, 4);  // the connection as a whole
  }
  number(made, 0, 4);  // the last stream that was looked at
  number(made, static_cast<std::uint32_t>(http2::error_code::enhance_your_calm), 4);
  return made.append(why);
}

}  // namespace

spoken spoken_by(std::string_view first) noexcept {
  constexpr char handshake_record = 0x16;  // RFC 8446 §5.1
  if (first.starts_with(handshake_record)) return spoken::tls;
  if (first.starts_with(http2_begins)) return spoken::http2;
  return http2_begins.starts_with(first) ? spoken::nothing_yet : spoken::http1;
}

std::string farewell_in(spoken protocol, obstacle met, unsigned retry_after) {
  if (protocol == spoken::tls) return {"\x15\x03\x03\x00\x02\x02\x50", 7};  // fatal, 80
  const auto after = fmt::format("{}", retry_after);
  if (protocol == spoken::http2) {
    return go_away(fmt::format("{} Come back in {} seconds.", sentence_of(met), after));
  }
  std::string made;
  const std::array<field, 1> extra{{{"Retry-After", after}}};
  http::append_response(made, 503, extra, std::string(sentence_of(met)) + "\n");
  return made;
}

}  // namespace peregrine
