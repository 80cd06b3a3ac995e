// Blocks of the heap under the name of who takes them, counted without a header of their own: the C library knows how
// large each is. Plain counts, for a process has one thread.
#pragma once

#include "peregrine/base/owner.hpp"

#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace peregrine {

class heap_account {
 public:
  // `name` lives as long as the process, and so does the account: it is a global, made before main begins.
  constexpr heap_account(const char* name, owner whose) noexcept : name_(name), owner_(whose) {}
  heap_account(const heap_account&) = delete;
  heap_account& operator=(const heap_account&) = delete;

  // As malloc, calloc, realloc and free; null where there is no memory.
  void* take(std::size_t size) noexcept { return add(std::malloc(size)); }
  void* take_zeroed(std::size_t count, std::size_t size) noexcept { return add(std::calloc(count, size)); }
  void* take_aligned(std::size_t alignment, std::size_t size) noexcept {
    return add(std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment));
  }
  void* resize(void* block, std::size_t size) noexcept;
  void release(void* block) noexcept {
    if (!block) return;
    remove(block);
    std::free(block);
  }

  const char* name() const noexcept { return name_; }
  owner whose() const noexcept { return owner_; }
  std::uint64_t blocks() const noexcept { return blocks_; }  // live
  std::uint64_t bytes() const noexcept { return bytes_; }    // of them, as many as can be used
  // Of these, those in maps of their own, outside the heap.
  std::uint64_t mapped_bytes() const noexcept { return mapped_bytes_; }

  // Those that were used, the latest first.
  static heap_account* first() noexcept { return first_; }
  heap_account* next() const noexcept { return next_; }

 private:
  // From here on glibc may map a block by itself (mallopt(3), M_MMAP_THRESHOLD).
  static constexpr std::size_t smallest_mapped = std::size_t{128} * 1024;

  void* add(void* block) noexcept {
    if (!block) return block;
    if (!is_listed_) enlist();
    const auto size = malloc_usable_size(block);
    ++blocks_;
    bytes_ += size;
    if (size >= smallest_mapped && is_mapped(block)) mapped_bytes_ += size;
    return block;
  }
  void remove(void* block) noexcept {
    const auto size = malloc_usable_size(block);
    --blocks_;
    bytes_ -= size;
    if (size >= smallest_mapped && is_mapped(block)) mapped_bytes_ -= size;
  }
  void enlist() noexcept;
  static bool is_mapped(const void* block) noexcept;

  static constinit inline heap_account* first_ = nullptr;

  const char* name_;
  std::uint64_t blocks_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t mapped_bytes_ = 0;
  heap_account* next_ = nullptr;
  owner owner_;
  bool is_listed_ = false;
};

// From here on the heap keeps up to so much free memory at its end, and gives blocks of that size at most: what bursts
// take again and again is not asked of the system each time, which costs more than what is done with it.
void keep_free_heap(std::size_t size) noexcept;
// Gives back what is kept there, but for 128 KiB at most. What is free between used blocks stays: looking for that
// takes a second in a large heap (decision 15).
void give_back_free_heap() noexcept;

// What heap there is: from the first byte that the C library may give away to the end (brk(2)).
struct heap_extent {
  std::uintptr_t begin;  // 0: the system does not tell
  std::uintptr_t end;

  // Bytes of it that are memory: the system is asked for each page, 25 ms for a gigabyte that was not looked at lately.
  std::uint64_t resident() const noexcept;
};
heap_extent heap_now() noexcept;

// The same by and by: each time the heap's end is looked at, and two stretches of 64 MiB more, in turn. What was never
// looked at is held for memory.
class heap_survey {
 public:
  std::uint64_t resident(const heap_extent& heap);

 private:
  std::vector<std::uint32_t> absent_;  // pages, by stretch
  std::size_t next_ = 0;
};

}  // namespace peregrine
