// The words of RFC 6455: opcodes, roles, close codes, and what it means to break a rule.
#pragma once

#include <cstdint>
#include <string_view>

namespace peregrine::websocket {

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };  // §5.2

enum class role : std::uint8_t { client, server };

// RFC 6455 §7.4.1 and the IANA registry of close codes. Any other number in 3000…4999 is free for libraries and
// applications (§7.4.2).
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status = 1005,  // never on the wire: the peer's close frame named no code
  abnormal = 1006,   // never on the wire: the transport ended without a close frame
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  missing_extension = 1010,
  internal_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  bad_gateway = 1014,
  tls_handshake = 1015,  // never on the wire
};

// May a close frame carry this code? (RFC 6455 §7.4)
constexpr bool is_allowed_on_wire(close_code code) noexcept {
  const auto number = static_cast<std::uint16_t>(code);
  return (number >= 1000 && number <= 1003) || (number >= 1007 && number <= 1014) || (number >= 3000 && number <= 4999);
}

// A rule that the peer broke: the code to close with, and the rule in words with its section. The words are static and
// fit into a close frame's reason.
struct violation {
  close_code code;
  std::string_view why;
};

// A frame's header is at most this long: two bytes, a 64-bit length, a masking key (RFC 6455 §5.2).
inline constexpr std::uint8_t max_header_size = 14;
inline constexpr std::uint8_t max_control_payload = 125;  // RFC 6455 §5.5

// The first two bytes of a frame (RFC 6455 §5.2).
inline constexpr std::uint8_t final_bit = 0x80;
inline constexpr std::uint8_t compressed_bit = 0x40;  // RSV1, as RFC 7692 §6 uses it
inline constexpr std::uint8_t reserved_bits = 0x30;   // RSV2 and RSV3
inline constexpr std::uint8_t opcode_bits = 0x0f;
inline constexpr std::uint8_t control_bit = 0x08;
inline constexpr std::uint8_t masked_bit = 0x80;
inline constexpr std::uint8_t length_bits = 0x7f;
inline constexpr std::uint8_t length_of_16_bits = 126;
inline constexpr std::uint8_t length_of_64_bits = 127;

}  // namespace peregrine::websocket
