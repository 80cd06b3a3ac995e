#include "peregrine/base/frame_memory.hpp"

#include <algorithm>
#include <new>

namespace peregrine {

namespace {

constexpr std::size_t frame_step = 8;
constexpr std::size_t largest_frame = 2048;

frame_home& frames_of(std::size_t size) {
  static auto* homes = new std::array<frame_home*, largest_frame / frame_step + 1>{};
  const std::size_t step = (size + frame_step - 1) / frame_step;
  frame_home*& home = (*homes)[step];
  if (!home) home = new frame_home(step * frame_step);
  return *home;
}

}  // namespace

frame_home::frame_home(std::size_t size)
    : frames("coroutine frame of " + std::to_string(size) + " bytes", std::max<std::size_t>(size, 16)) {}

// Two coroutines that take turns come here each time: it must stay short.
void frame_home::add(const char* coroutine) {
  latest_ = coroutine;
  auto* place = makers_.begin();
  while (place != makers_.end() && *place && *place != coroutine) ++place;
  if (place == makers_.end() || *place == coroutine) return;
  *place = coroutine;
  std::string name = "frame of ";
  for (const char* each : makers_) {
    if (!each) break;
    if (each != makers_.front()) name += ", ";
    name += short_name(each);
  }
  if (makers_.back()) name += ", …";
  frames.rename(std::move(name));
}

std::string_view short_name(std::string_view function) noexcept {
  constexpr std::string_view nameless = "(anonymous namespace)";
  auto end = function.find('(');
  while (end != std::string_view::npos && function.substr(end).starts_with(nameless)) {
    end = function.find('(', end + nameless.size());
  }
  auto name = function.substr(0, end);
  // A space may be within the name of a namespace that has none.
  const auto path = name.rfind("::");
  const auto last = path == std::string_view::npos ? name.rfind(' ') : path + 1;
  if (path == std::string_view::npos) return last == std::string_view::npos ? name : name.substr(last + 1);
  const auto owner = name.find_last_of(": >)}", path - 1);
  return owner + 1 == path || owner == std::string_view::npos ? name.substr(path + 2) : name.substr(owner + 1);
}

void* allocate_frame(std::size_t size) {
  if (size > largest_frame) {
    detail::unnamed_frame = nullptr;
    return ::operator new(size);
  }
  auto& home = frames_of(size);
  detail::unnamed_frame = &home;
  return home.frames.allocate();
}

void deallocate_frame(void* frame, std::size_t size) noexcept {
  if (size <= largest_frame) {
    frames_of(size).frames.deallocate(frame);
  } else {
    ::operator delete(frame);
  }
}

}  // namespace peregrine
