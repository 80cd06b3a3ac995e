#include "peregrine/base/heap_account.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

namespace peregrine {

namespace {

constexpr int least_kept = 128 * 1024;  // bytes of free heap, as the C library keeps by default
int kept = least_kept;

std::uintptr_t page_size() noexcept {
  static const auto size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  return size;
}

// Where the heap begins: start_brk, the 47th of /proc/self/stat (proc(5)). Read without the heap, which asks for it.
std::uintptr_t read_heap_begin() noexcept {
  std::array<char, 2048> text{};
  const int file = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const auto size = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (size <= 0) return 0;
  const char* place = std::strrchr(text.data(), ')');  // the second column is a name, which may have spaces
  for (int column = 2; place && column < 47; ++column) place = std::strchr(place + 1, ' ');
  return place ? std::strtoull(place, nullptr, 10) : 0;
}

struct page_range {
  std::uintptr_t first;
  std::uintptr_t last;  // the one behind
};

page_range pages_of(const heap_extent& heap) noexcept {
  return {heap.begin / page_size(), (heap.end + page_size() - 1) / page_size()};
}

std::uint64_t count_absent(page_range among) noexcept {
  std::uint64_t absent = 0;
  std::array<unsigned char, 1024> pages{};
  for (auto from = among.first; from < among.last; from += pages.size()) {
    const auto count = std::min<std::uintptr_t>(among.last - from, pages.size());
    if (mincore(reinterpret_cast<void*>(from * page_size()), count * page_size(), pages.data()) != 0) break;
    absent +=
        static_cast<std::uint64_t>(std::count_if(pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(count),
                                                 [](unsigned char each) { return (each & 1) == 0; }));
  }
  return absent;
}

}  // namespace

void* heap_account::resize(void* block, std::size_t size) noexcept {
  if (!block) return take(size);
  remove(block);
  void* const moved = std::realloc(block, size);
  if (!moved && size > 0) add(block);  // there is no memory: it stays as it was
  return add(moved);
}

void heap_account::enlist() noexcept {
  is_listed_ = true;
  next_ = first_;
  first_ = this;
}

bool heap_account::is_mapped(const void* block) noexcept {
  const auto heap = heap_now();
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  return heap.begin != 0 && (address < heap.begin || address >= heap.end);
}

void keep_free_heap(std::size_t size) noexcept {
  kept = static_cast<int>(size);
  mallopt(M_TRIM_THRESHOLD, kept);
  mallopt(M_MMAP_THRESHOLD, kept);
}

void give_back_free_heap() noexcept {
  mallopt(M_TRIM_THRESHOLD, least_kept);
  mallopt(M_TOP_PAD, 0);
  // The end is looked at when a block of 64 KiB or more is freed. The compiler would leave out one that nobody uses.
  void* volatile block = std::malloc(least_kept);
  std::free(block);
  mallopt(M_TOP_PAD, least_kept);
  mallopt(M_TRIM_THRESHOLD, kept);
}

heap_extent heap_now() noexcept {
  static const auto begin = read_heap_begin();
  return {begin, reinterpret_cast<std::uintptr_t>(sbrk(0))};
}

std::uint64_t heap_extent::resident() const noexcept {
  if (begin == 0 || end <= begin) return 0;
  const auto pages = pages_of(*this);
  return (pages.last - pages.first - count_absent(pages)) * page_size();
}

std::uint64_t heap_survey::resident(const heap_extent& heap) {
  if (heap.begin == 0 || heap.end <= heap.begin) return 0;
  constexpr std::uintptr_t stretch = std::uintptr_t{16} * 1024;  // pages
  constexpr std::size_t in_turn = 2;
  const auto all = pages_of(heap);
  absent_.resize((all.last - all.first + stretch - 1) / stretch);
  const auto look_at = [&](std::size_t number) {
    const auto from = all.first + number * stretch;
    absent_[number] = static_cast<std::uint32_t>(count_absent({from, std::min(all.last, from + stretch)}));
  };
  look_at(absent_.size() - 1);
  const auto others = absent_.size() - 1;
  for (std::size_t i = 0; i < std::min(others, in_turn); ++i) {
    next_ = (next_ + 1) % others;
    look_at(next_);
  }
  const auto absent = std::accumulate(absent_.begin(), absent_.end(), std::uint64_t{0});
  return (all.last - all.first - absent) * page_size();
}

}  // namespace peregrine
