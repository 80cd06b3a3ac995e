// Memory for coroutine frames, from one slab for each size (in steps of 8 bytes, to 2 KiB; larger frames from the
// heap). A slab bears the names of the coroutines whose frames lie in it.
#pragma once

#include "peregrine/base/slab.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace peregrine {

// The frames of one size.
class frame_home {
 public:
  explicit frame_home(std::size_t size);

  slab frames;

  // `coroutine`, as the compiler writes it (and as one pointer, for as long as the process lives), has a frame here.
  void note(const char* coroutine) {
    if (latest_ != coroutine) add(coroutine);
  }

 private:
  void add(const char* coroutine);

  const char* latest_ = nullptr;
  std::array<const char*, 3> makers_{};
};

// "task<void> peregrine::server::chat::serve(connection&, bool)" is chat::serve.
std::string_view short_name(std::string_view function) noexcept;

void* allocate_frame(std::size_t size);
void deallocate_frame(void* frame, std::size_t size) noexcept;

namespace detail {

// Whose frame was allocated last, until its coroutine says its name. A frame that a compiler puts elsewhere has none.
inline thread_local frame_home* unnamed_frame = nullptr;

}  // namespace detail

// The frame that this thread allocated last is that of `coroutine`.
inline void frame_maker(const char* coroutine) {
  if (auto* home = detail::unnamed_frame) {
    detail::unnamed_frame = nullptr;
    home->note(coroutine);
  }
}

}  // namespace peregrine
