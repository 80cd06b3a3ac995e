// The program's own operator new: as the C++ library's, and counted for the ledger. Only the program replaces it; what
// is built with the library decides for itself.
#include "peregrine/base/heap_account.hpp"

#include <new>

namespace {

constinit peregrine::heap_account objects("objects outside slabs", peregrine::owner::peregrine);

template <class Take>
void* take_or_throw(const Take& take) {
  for (;;) {
    if (void* const block = take()) return block;
    const auto handler = std::get_new_handler();
    if (!handler) throw std::bad_alloc();
    handler();
  }
}

template <class Take>
void* take_or_null(const Take& take) noexcept try {
  return take();
} catch (const std::bad_alloc&) {
  return nullptr;
}

}  // namespace

// Forms of arrays come down to these; so do those without exceptions, but not where a sanitizer brings its own.
void* operator new(std::size_t size) {
  return take_or_throw([size] { return objects.take(size); });
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return take_or_throw([=] { return objects.take_aligned(static_cast<std::size_t>(alignment), size); });
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return take_or_null([=] { return operator new(size); });
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return take_or_null([=] { return operator new(size, alignment); });
}
void operator delete(void* block) noexcept {
  objects.release(block);
}
void operator delete(void* block, std::size_t) noexcept {
  objects.release(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  objects.release(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  objects.release(block);
}
