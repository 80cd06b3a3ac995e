// What a reader keeps of a payload that did not arrive in one piece: one heap block behind one pointer, or nothing.
#pragma once

#include "peregrine/base/bytes.hpp"

#include <cstdint>
#include <utility>

namespace peregrine::websocket {

// The fragments of a message lie at the bottom; on top of them, for as long as it takes, the payload of a control frame
// that came between them. Grows as bytes arrive, never ahead of what arrived by more than its own size.
class kept_payload {
 public:
  kept_payload() = default;
  kept_payload(kept_payload&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  kept_payload& operator=(kept_payload&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~kept_payload() { clear(); }

  explicit operator bool() const noexcept { return block_ != nullptr; }

  // Appends to the message, or to the control payload on top of it. At most `to_come` more bytes will follow: there is
  // no need to grow beyond. Throws std::bad_alloc.
  void append_message(bytes piece, std::uint32_t to_come);
  void append_control(bytes piece, std::uint32_t to_come) { append(piece, to_come); }

  // One more fragment of the message is whole.
  void count_fragment(bool empty);
  std::uint32_t fragments() const noexcept { return block_ ? block_->fragments : 0; }
  std::uint32_t empty_fragments() const noexcept { return block_ ? block_->empty_fragments : 0; }

  bytes message() const noexcept;
  bytes control() const noexcept;

  // Marks what is on top (the control payload), or all, as handed out. drop_delivered() then lets go of it.
  void deliver_message() noexcept { block_->message_delivered = true; }
  void deliver_control() noexcept { block_->control_delivered = true; }
  void drop_delivered() noexcept;

  void clear() noexcept;

  // Bytes of heap, for the ledger.
  std::size_t footprint() const noexcept { return block_ ? sizeof(block) + block_->capacity : 0; }

 private:
  struct block {
    std::uint32_t capacity;  // of the bytes that follow this header
    std::uint32_t size;
    std::uint32_t message_size;  // of `size`; above it lies a control payload
    std::uint32_t fragments;
    std::uint32_t empty_fragments;
    bool message_delivered;
    bool control_delivered;
  };
  std::byte* storage() const noexcept { return reinterpret_cast<std::byte*>(block_ + 1); }
  void append(bytes piece, std::uint32_t to_come);
  void reserve(std::uint64_t capacity);

  block* block_ = nullptr;
};

}  // namespace peregrine::websocket
