#include "peregrine/base/slab.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define PEREGRINE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PEREGRINE_ASAN 1
#endif
#endif
#ifdef PEREGRINE_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace peregrine {

namespace {

std::vector<slab*>& registry() {
  static auto* slabs = new std::vector<slab*>;  // outlives every static slab
  return *slabs;
}

}  // namespace

slab::slab(std::string name, std::size_t object_size)
    : name_(std::move(name)),
      size_(static_cast<std::uint32_t>((object_size + 7) / 8 * 8)),
      inverse_(static_cast<std::uint32_t>((std::uint64_t{1} << 32) / size_ + 1)),
      header_(static_cast<std::uint32_t>((chunk_size / size_ / 8 + 16) / 16 * 16)) {
  assert(size_ >= 16 && size_ <= chunk_size / 8);
  registry().push_back(this);
}

slab::~slab() {
  std::erase(registry(), this);
  // Chunks that still hold objects stay: statics end in an order that nobody should depend on.
  if (live_ != 0) return;
  for (void* chunk : chunks_) {
#ifdef PEREGRINE_ASAN
    ASAN_UNPOISON_MEMORY_REGION(chunk, chunk_size);
#endif
    give_back_chunk(chunk);
  }
}

const std::vector<slab*>& slab::all() noexcept {
  return registry();
}

std::size_t slab::reserved() const noexcept {
  return chunks_.size() * chunk_size - uncut_objects_ * size_;
}

namespace {

// Chunks come from large regions of address space, of which only what is used becomes memory.
constexpr std::size_t region_size = std::size_t{4} * 1024 * 1024;

std::vector<void*>& spare_chunks() {
  static auto* spare = new std::vector<void*>;
  return *spare;
}

}  // namespace

void* slab::take_chunk() noexcept {
  auto& spare = spare_chunks();
  if (spare.empty()) {
    void* mapped = mmap(nullptr, region_size + chunk_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) std::abort();
    const auto begin = (reinterpret_cast<std::uintptr_t>(mapped) + chunk_size - 1) / chunk_size * chunk_size;
    for (std::size_t i = region_size / chunk_size; i-- > 0;)
      spare.push_back(reinterpret_cast<void*>(begin + i * chunk_size));
  }
  void* taken = spare.back();
  spare.pop_back();
  return taken;
}

void slab::give_back_chunk(void* chunk) noexcept {
  madvise(chunk, chunk_size, MADV_DONTNEED);  // as new: all zero, and no memory
  spare_chunks().push_back(chunk);
}

void slab::grow() noexcept {
  if (uncut_objects_ == 0) {
    void* chunk = take_chunk();
    chunks_.push_back(chunk);
    uncut_ = static_cast<std::byte*>(chunk) + header_;
    uncut_objects_ = (chunk_size - header_) / size_;
  }
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));  // becomes memory when a byte of it is written
  const std::size_t count = std::min(uncut_objects_, std::max<std::size_t>(page / size_, 1));
  for (std::size_t i = count; i-- > 0;) {  // the lowest address is taken first
    auto* object = reinterpret_cast<free_object*>(uncut_ + i * size_);
    object->next = free_;
    free_ = object;
    hide(object);
  }
  uncut_ += count * size_;
  uncut_objects_ -= count;
}

void slab::hide([[maybe_unused]] void* object) const noexcept {
#ifdef PEREGRINE_ASAN
  ASAN_POISON_MEMORY_REGION(object, size_);
#endif
}

void slab::reveal([[maybe_unused]] void* object) const noexcept {
#ifdef PEREGRINE_ASAN
  ASAN_UNPOISON_MEMORY_REGION(object, size_);
#endif
}

void slab::for_each(const std::function<void(void*)>& visit) const {
  for (std::size_t part = 0; (part = visit_part(part, visit)) != 0;) {
  }
}

std::size_t slab::visit_part(std::size_t part, const std::function<void(void*)>& visit) const {
  if (part >= chunks_.size()) return 0;
  const std::size_t words = ((chunk_size - header_) / size_ + 63) / 64;
  auto* chunk = static_cast<std::byte*>(chunks_[part]);
  for (std::size_t w = 0; w < words; ++w) {
    for (auto alive = reinterpret_cast<std::uint64_t*>(chunk)[w]; alive != 0; alive &= alive - 1) {
      const auto index = w * 64 + static_cast<std::size_t>(std::countr_zero(alive));
      visit(chunk + header_ + index * size_);
    }
  }
  return part + 1 < chunks_.size() ? part + 1 : 0;
}

}  // namespace peregrine
