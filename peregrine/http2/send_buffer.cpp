#include "peregrine/http2/send_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace peregrine::http2 {

namespace {

constexpr std::uint32_t block_size = 32 * 1024;
constexpr std::size_t most_spare = 64;  // two megabytes

struct pool {
  std::vector<std::unique_ptr<std::byte[]>> spare;
};
thread_local pool blocks;

std::byte* take_block() {
  if (blocks.spare.empty()) return new std::byte[block_size];
  auto* taken = blocks.spare.back().release();
  blocks.spare.pop_back();
  return taken;
}

void give_back(std::byte* block, std::uint32_t capacity) noexcept {
  std::unique_ptr<std::byte[]> owned(block);
  if (capacity != block_size || blocks.spare.size() >= most_spare) return;
  if (blocks.spare.capacity() == 0) blocks.spare.reserve(most_spare);
  blocks.spare.push_back(std::move(owned));
}

}  // namespace

void send_buffer::append(bytes added) {
  if (!added.empty()) std::memcpy(extend(added.size()), added.data(), added.size());
}

void send_buffer::make_room(std::size_t size) {
  const auto held = this->size();
  std::uint32_t wanted = block_size;
  while (wanted < held + size) wanted *= 2;
  if (wanted > capacity_) {
    std::byte* larger = wanted == block_size ? take_block() : new std::byte[wanted];
    if (held > 0) std::memcpy(larger, block_ + begin_, held);
    if (block_) give_back(block_, capacity_);
    block_ = larger;
    capacity_ = wanted;
  } else if (held > 0) {
    std::memmove(block_, block_ + begin_, held);
  }
  begin_ = 0;
  end_ = static_cast<std::uint32_t>(held);
}

void send_buffer::release() noexcept {
  if (block_) give_back(std::exchange(block_, nullptr), capacity_);
  capacity_ = begin_ = end_ = 0;
}

}  // namespace peregrine::http2
