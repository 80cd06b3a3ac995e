// Encodes frames (RFC 6455 §5.2). A client's are masked, each with a fresh key (§5.3, §10.3); a server's are not, so
// that one encoding serves every recipient.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/websocket/frame.hpp"
#include "peregrine/websocket/mask.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace peregrine::websocket {

struct frame {
  opcode type;
  bytes payload;
  bool compressed = false;  // the payload is what deflater::compress returned; on a message's first frame alone
  bool final = true;
};

class encoded_header {
 public:
  bytes view() const noexcept { return {bytes_.data(), size_}; }
  mask_key key() const noexcept { return key_; }  // of a client's frame: the payload is to be masked with it

 private:
  friend encoded_header encode_header(role, const frame&) noexcept;
  std::array<std::byte, max_header_size> bytes_;
  std::uint8_t size_ = 0;
  mask_key key_ = 0;
};

// `ours` is the role of who sends.
encoded_header encode_header(role ours, const frame& what) noexcept;

constexpr std::size_t header_size(role ours, std::size_t payload_size) noexcept {
  return 2u +
         (payload_size < length_of_16_bits ? 0u
          : payload_size <= 0xffff         ? 2u
                                           : 8u) +
         (ours == role::client ? sizeof(mask_key) : 0u);
}

constexpr std::size_t frame_size(role ours, std::size_t payload_size) noexcept {
  return header_size(ours, payload_size) + payload_size;
}

// Of a whole frame of a server's.
constexpr std::size_t payload_size_of_server_frame(bytes whole) noexcept {
  const auto length = std::to_integer<std::size_t>(whole[1]);
  return whole.size() - (length < length_of_16_bits ? 2u : length == length_of_16_bits ? 4u : 10u);
}

// Writes the whole frame into `out`, which is exactly frame_size() long.
void encode_frame(mutable_bytes out, role ours, const frame& what) noexcept;

void append_frame(std::vector<std::byte>& out, role ours, const frame& what);

// What a close frame carries (RFC 6455 §5.5.1): nothing for no_status, otherwise the code and as much of the reason as
// fits into a control frame, cut between two characters. Any other code must be allowed on the wire.
class close_payload {
 public:
  explicit close_payload(close_code code = close_code::normal, std::string_view why = {}) noexcept;
  bytes view() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<std::byte, max_control_payload> bytes_;
  std::uint8_t size_ = 0;
};

}  // namespace peregrine::websocket
