// Where the list of a room's members takes its memory: in blocks of 64 slots, from a slab. Rooms come and go, and
// blocks of the heap would leave holes. The list's index does come from the heap.
#pragma once

#include "peregrine/base/slab.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace peregrine {

// An allocator for std::deque<std::uintptr_t>.
template <class T>
struct slot_memory {
  using value_type = T;

  slot_memory() noexcept = default;
  template <class U>
  explicit(false) slot_memory(const slot_memory<U>& /*other*/) noexcept {}

  T* allocate(std::size_t count) {
    return is_block(count) ? static_cast<T*>(blocks().allocate()) : std::allocator<T>().allocate(count);
  }
  void deallocate(T* taken, std::size_t count) noexcept {
    if (is_block(count)) {
      blocks().deallocate(taken);
    } else {
      std::allocator<T>().deallocate(taken, count);
    }
  }
  friend bool operator==(const slot_memory& /*one*/, const slot_memory& /*other*/) noexcept { return true; }

 private:
  static constexpr std::size_t block = 64;  // slots: what libstdc++ takes at once for eight bytes each

  static constexpr bool is_block(std::size_t count) noexcept {
    return std::is_same_v<T, std::uintptr_t> && count == block;
  }
  static slab& blocks() {
    static slab all("room: 64 members' places", block * sizeof(T));
    return all;
  }
};

}  // namespace peregrine
