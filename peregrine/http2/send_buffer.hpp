// Bytes on their way out of one connection, in one piece, so that they leave in one write. It owns memory only while
// it holds any: blocks come from a pool of the thread.
#pragma once

#include "peregrine/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace peregrine::http2 {

class send_buffer {
 public:
  send_buffer() = default;
  send_buffer(const send_buffer&) = delete;
  send_buffer& operator=(const send_buffer&) = delete;
  ~send_buffer() { release(); }

  bool empty() const noexcept { return begin_ == end_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  bytes view() const noexcept { return {block_ + begin_, size()}; }

  // `size` bytes at the end, for the caller to fill at once.
  std::byte* extend(std::size_t size) {
    if (capacity_ - end_ < size) make_room(size);
    end_ += static_cast<std::uint32_t>(size);
    return block_ + end_ - size;
  }

  void append(bytes added);

  // The first `size` bytes are sent.
  void drop(std::size_t size) noexcept {
    begin_ += static_cast<std::uint32_t>(size);
    if (begin_ == end_) release();
  }

 private:
  void make_room(std::size_t size);
  void release() noexcept;

  std::byte* block_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace peregrine::http2
