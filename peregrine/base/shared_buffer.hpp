// Bytes that are written once and then shared: immutable from the first copy on, freed with the last.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/base/heap_account.hpp"

#include <malloc.h>

#include <cassert>
#include <cstdint>
#include <new>
#include <utility>

namespace peregrine {

inline constinit heap_account shared_buffers("shared buffer of messages", owner::peregrine);

// A counted reference, 8 bytes; null when default-made. The count is plain: a worker has one thread.
class shared_buffer {
 public:
  shared_buffer() = default;
  shared_buffer(const shared_buffer& other) noexcept : block_(other.block_) {
    if (block_) ++block_->references;
  }
  shared_buffer(shared_buffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  shared_buffer& operator=(shared_buffer other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~shared_buffer() {
    if (block_ && --block_->references == 0) shared_buffers.release(block_);
  }

  // `size` bytes for their maker to fill through `write()` before the first copy is made.
  static shared_buffer with_size(std::size_t size) {
    shared_buffer made;
    made.block_ = static_cast<block*>(shared_buffers.take(sizeof(block) + size));
    if (!made.block_) throw std::bad_alloc();
    made.block_->references = 1;
    made.block_->size = static_cast<std::uint32_t>(size);
    return made;
  }

  static shared_buffer copy_of(bytes data) {
    auto made = with_size(data.size());
    if (!data.empty()) std::memcpy(made.write().data(), data.data(), data.size());
    return made;
  }

  // Nothing yet, and memory for so much.
  static shared_buffer with_room_for(std::size_t size) {
    auto made = with_size(size);
    made.block_->size = 0;
    return made;
  }
  // Room behind what is there, for the only holder to fill. What does not fit moves, and takes half as much again;
  // `fit` gives back what is not needed.
  mutable_bytes extend(std::size_t more) {
    assert(block_ && block_->references == 1);
    const std::size_t before = size();
    if (before + more > capacity()) resize(before + more + before / 2);
    block_->size = static_cast<std::uint32_t>(before + more);
    return write().subspan(before);
  }
  void fit() {
    if (block_ && capacity() > size() + size() / 8) resize(size());
  }

  explicit operator bool() const noexcept { return block_ != nullptr; }
  std::size_t size() const noexcept { return block_ ? block_->size : 0; }
  bytes view() const noexcept { return {payload(), size()}; }
  mutable_bytes write() noexcept {
    assert(block_ && block_->references == 1);
    return {payload(), size()};
  }

 private:
  struct block {
    std::uint32_t references;
    std::uint32_t size;
  };

  std::size_t capacity() const noexcept { return malloc_usable_size(block_) - sizeof(block); }
  void resize(std::size_t size) {
    auto* const moved = static_cast<block*>(shared_buffers.resize(block_, sizeof(block) + size));
    if (!moved) throw std::bad_alloc();
    block_ = moved;
  }

  std::byte* payload() const noexcept { return reinterpret_cast<std::byte*>(block_ + 1); }

  block* block_ = nullptr;
};

}  // namespace peregrine
