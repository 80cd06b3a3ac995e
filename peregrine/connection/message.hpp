// A whole WebSocket message, as a handler receives and sends it.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/websocket/frame.hpp"

#include <cstdint>
#include <string_view>

namespace peregrine {

// A view, 16 bytes. One that was received is valid until the handler's next suspension: what is to last longer is
// copied.
class message {
 public:
  message() = default;
  message(websocket::opcode type, bytes payload) noexcept
      : data_(payload.data()), size_(static_cast<std::uint32_t>(payload.size())), type_(type) {}

  static message text(std::string_view said) noexcept { return {websocket::opcode::text, as_bytes(said)}; }
  static message binary(bytes payload) noexcept { return {websocket::opcode::binary, payload}; }

  bool is_text() const noexcept { return type_ == websocket::opcode::text; }
  websocket::opcode type() const noexcept { return type_; }
  bytes payload() const noexcept { return {data_, size_}; }
  std::string_view text() const noexcept { return as_text(payload()); }  // valid UTF-8 if is_text()
  std::size_t size() const noexcept { return size_; }

 private:
  const std::byte* data_ = nullptr;
  std::uint32_t size_ = 0;
  websocket::opcode type_ = websocket::opcode::text;
};

}  // namespace peregrine
