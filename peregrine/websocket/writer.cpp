#include "peregrine/websocket/writer.hpp"

#include "peregrine/websocket/entropy.hpp"

#include <algorithm>
#include <cassert>

namespace peregrine::websocket {

encoded_header encode_header(role ours, const frame& what) noexcept {
  encoded_header header;
  const auto put = [&header](std::uint64_t byte) {
    header.bytes_[header.size_++] = static_cast<std::byte>(byte & 0xff);
  };
  const std::uint64_t size = what.payload.size();
  const std::uint8_t masked = ours == role::client ? masked_bit : 0;

  put(static_cast<std::uint8_t>(what.type) | (what.final ? final_bit : 0u) | (what.compressed ? compressed_bit : 0u));
  if (size < length_of_16_bits) {
    put(masked | size);
  } else if (size <= 0xffff) {
    put(masked | length_of_16_bits);
    for (int shift = 8; shift >= 0; shift -= 8) put(size >> shift);
  } else {
    put(masked | length_of_64_bits);
    for (int shift = 56; shift >= 0; shift -= 8) put(size >> shift);
  }
  if (masked) {
    const mutable_bytes key(header.bytes_.data() + header.size_, sizeof(mask_key));
    draw_entropy(key);
    std::memcpy(&header.key_, key.data(), key.size());
    header.size_ = static_cast<std::uint8_t>(header.size_ + key.size());
  }
  return header;
}

void encode_frame(mutable_bytes out, role ours, const frame& what) noexcept {
  assert(out.size() == frame_size(ours, what.payload.size()));
  const auto header = encode_header(ours, what);
  std::copy(header.view().begin(), header.view().end(), out.begin());
  const auto payload = out.subspan(header.view().size());
  std::copy(what.payload.begin(), what.payload.end(), payload.begin());
  if (ours == role::client) apply_mask(payload, header.key());
}

void append_frame(std::vector<std::byte>& out, role ours, const frame& what) {
  const std::size_t before = out.size();
  out.resize(before + frame_size(ours, what.payload.size()));
  encode_frame(mutable_bytes(out).subspan(before), ours, what);
}

close_payload::close_payload(close_code code, std::string_view why) noexcept {
  if (code == close_code::no_status) return;
  assert(is_allowed_on_wire(code));
  bytes_[0] = static_cast<std::byte>(static_cast<std::uint16_t>(code) >> 8);
  bytes_[1] = static_cast<std::byte>(static_cast<std::uint16_t>(code) & 0xff);
  std::size_t fits = std::min<std::size_t>(why.size(), max_control_payload - 2);
  while (fits > 0 && fits < why.size() && (why[fits] & '\xc0') == '\x80') --fits;
  std::copy_n(as_bytes(why).begin(), fits, bytes_.begin() + 2);
  size_ = static_cast<std::uint8_t>(2 + fits);
}

}  // namespace peregrine::websocket
