// Slabs: where every long-lived kind of object comes from. A slab knows its name, the size of its objects and how many
// are alive, so that "what does a connection cost?" is a sum over slabs and not a guess.
//
// A worker is a process with one thread: slabs belong to the process and take no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace peregrine {

class slab {
 public:
  // `object_size` in bytes; objects are aligned to 8 bytes, and to 16 if their size is a multiple of it.
  slab(std::string name, std::size_t object_size);
  slab(const slab&) = delete;
  slab& operator=(const slab&) = delete;
  ~slab();

  // Never null: when memory is exhausted the process ends, as it does for operator new in code that cannot throw.
  void* allocate() noexcept {
    if (!free_) grow();
    free_object* taken = free_;
    reveal(taken);
    free_ = taken->next;
    fetch_ahead(free_);  // freed long ago and out of the cache: it comes while this one is put to use
    ++live_;
    mark(taken, true);
    return taken;
  }

  void deallocate(void* object) noexcept {
    auto* freed = static_cast<free_object*>(object);
    mark(freed, false);
    freed->next = free_;
    free_ = freed;
    --live_;
    hide(freed);
  }

  const std::string& name() const noexcept { return name_; }
  void rename(std::string name) { name_ = std::move(name); }
  std::size_t object_size() const noexcept { return size_; }  // bytes
  std::size_t live() const noexcept { return live_; }
  std::size_t reserved() const noexcept;  // bytes of memory, live or not

  // Calls `visit` for each object that is alive. An object may be deallocated by its own visit; one that is allocated
  // meanwhile may be visited or not.
  void for_each(const std::function<void(void*)>& visit) const;

  // The same for one part of them, some hundred, and says which part is next: 0 at first, and when there is no more.
  std::size_t visit_part(std::size_t part, const std::function<void(void*)>& visit) const;

  // Every slab of the process, in the order in which they were made.
  static const std::vector<slab*>& all() noexcept;

 private:
  static constexpr std::size_t chunk_size =
      std::size_t{64} * 1024;  // and its alignment: an object's chunk is found by its address

  struct free_object {
    free_object* next;
  };

  static void* take_chunk() noexcept;
  static void give_back_chunk(void* chunk) noexcept;

  static void fetch_ahead(const void* object) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(object);  // two lines of cache; where they lie need not exist
    __builtin_prefetch(reinterpret_cast<const void*>(address), 1);
    __builtin_prefetch(reinterpret_cast<const void*>(address + 64), 1);
  }

  void grow() noexcept;
  void hide(void* object) const noexcept;  // an access to a freed object is an error that AddressSanitizer reports
  void reveal(void* object) const noexcept;

  void mark(void* object, bool alive) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    const auto chunk = address & ~std::uintptr_t{chunk_size - 1};
    const auto index = (address - chunk - header_) * inverse_ >> 32;
    auto* words = reinterpret_cast<std::uint64_t*>(chunk);
    const auto bit = std::uint64_t{1} << (index % 64);
    if (alive) {
      words[index / 64] |= bit;
    } else {
      words[index / 64] &= ~bit;
    }
  }

  std::string name_;
  std::uint32_t size_;
  std::uint32_t inverse_;  // 2^32 / size_, rounded up: within a chunk a product with it is an exact division
  std::uint32_t header_;   // of a chunk, in bytes: one bit an object, so that the living can be found
  std::size_t live_ = 0;
  free_object* free_ = nullptr;
  std::byte* uncut_ = nullptr;  // of the last chunk the part that nobody has needed, and that is no memory yet
  std::size_t uncut_objects_ = 0;
  std::vector<void*> chunks_;
};

// Base of a class whose objects come from a slab of their own: `class connection : public slab_allocated<connection>`
// with a static member `slab_name`. Works for final classes only: a derived class would be of another size.
template <class T>
class slab_allocated {
 public:
  static void* operator new(std::size_t) { return home().allocate(); }
  static void operator delete(void* object) noexcept { home().deallocate(object); }

  static slab& home() {
    static slab here(T::slab_name, sizeof(T));
    return here;
  }
};

}  // namespace peregrine
