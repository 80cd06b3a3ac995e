// What waits to be sent on one connection: references to shared bytes, in order. Empty, it is 16 bytes and owns
// nothing.
#pragma once

#include "peregrine/base/shared_buffer.hpp"
#include "peregrine/base/slab.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace peregrine {

class outbox {
 public:
  outbox() = default;
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;
  ~outbox() { clear(); }

  bool empty() const noexcept { return last_ == nullptr; }
  // Bytes not yet sent, and what it takes to hold them: many small pieces weigh as much as they cost.
  std::size_t size() const noexcept { return size_; }
  // Likewise, of all in this process together.
  static std::uint64_t size_of_all() noexcept { return size_of_all_; }

  void push(shared_buffer data);

  // The first unsent pieces, as many as fit into `pieces`.
  std::size_t peek(std::span<bytes> pieces) const noexcept;

  // The first `size` bytes are sent.
  void drop(std::size_t size) noexcept;

  // Forgets what is unsent, but for the rest of a buffer of which a part is sent: frames stay whole on the wire.
  void clear_unbegun() noexcept;
  // Nor is the first buffer forgotten by that: there is one.
  void keep_first() noexcept { first()->is_kept = true; }

  void clear() noexcept;

 private:
  struct node final : slab_allocated<node> {
    static constexpr const char* slab_name = "outbox entry";
    node* next = nullptr;
    shared_buffer data;
    std::uint32_t sent = 0;
    bool is_kept = false;
  };
  static_assert(sizeof(node) <= 24, "there are as many as deliveries on their way");

  node* first() const noexcept { return last_ ? last_->next : nullptr; }

  void grow(std::size_t by) noexcept {
    size_ += static_cast<std::uint32_t>(by);
    size_of_all_ += by;
  }
  void shrink(std::size_t by) noexcept {
    size_ -= static_cast<std::uint32_t>(by);
    size_of_all_ -= by;
  }

  inline static std::uint64_t size_of_all_ = 0;

  node* last_ = nullptr;  // a ring: the last points to the first
  std::uint32_t size_ = 0;
};

}  // namespace peregrine
