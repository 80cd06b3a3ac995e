#include "peregrine/websocket/kept_payload.hpp"

#include "peregrine/base/heap_account.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace peregrine::websocket {

namespace {

constinit heap_account kept_payloads("messages of which a part has come", owner::peregrine);

}  // namespace

void kept_payload::reserve(std::uint64_t capacity) {
  capacity = std::min<std::uint64_t>(capacity, std::numeric_limits<std::uint32_t>::max());
  auto* const grown = static_cast<block*>(kept_payloads.resize(block_, sizeof(block) + capacity));
  if (!grown) throw std::bad_alloc();
  if (!block_) *grown = block{};
  block_ = grown;
  block_->capacity = static_cast<std::uint32_t>(capacity);
}

void kept_payload::append(bytes piece, std::uint32_t to_come) {
  if (!block_ || piece.size() > block_->capacity - block_->size) {
    const std::uint64_t size = block_ ? block_->size : 0;
    const std::uint64_t needed = size + piece.size();
    reserve(std::min(std::max(needed, 2 * size), needed + to_come));
  }
  if (piece.empty()) return;
  std::memcpy(storage() + block_->size, piece.data(), piece.size());
  block_->size += static_cast<std::uint32_t>(piece.size());
}

void kept_payload::append_message(bytes piece, std::uint32_t to_come) {
  append(piece, to_come);
  block_->message_size = block_->size;
}

void kept_payload::count_fragment(bool empty) {
  if (!block_) reserve(0);
  ++block_->fragments;
  if (empty) ++block_->empty_fragments;
}

bytes kept_payload::message() const noexcept {
  if (!block_) return {};
  return {storage(), block_->message_size};
}

bytes kept_payload::control() const noexcept {
  if (!block_) return {};
  return {storage() + block_->message_size, block_->size - block_->message_size};
}

void kept_payload::drop_delivered() noexcept {
  if (!block_) return;
  if (block_->control_delivered) {
    block_->size = block_->message_size;
    block_->control_delivered = false;
    // No fragment has been counted: the control frame stood alone.
    if (block_->fragments == 0) clear();
  } else if (block_->message_delivered) {
    clear();
  }
}

void kept_payload::clear() noexcept {
  kept_payloads.release(block_);
  block_ = nullptr;
}

}  // namespace peregrine::websocket
