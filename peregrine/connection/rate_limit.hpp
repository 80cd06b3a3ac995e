// So many in a second, for all who share one number: a bucket of tokens that holds a second's worth, told by when the
// next one is due (the generic cell rate algorithm, ITU-T I.371).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace peregrine {

// `next_due` and `now` in nanoseconds of one clock; `per_second` is not 0. False: this one is too many.
inline bool is_due(std::atomic<std::uint64_t>& next_due, std::uint64_t now, std::uint64_t per_second) noexcept {
  constexpr std::uint64_t second = 1'000'000'000;
  const auto interval = second / per_second;
  auto due = next_due.load(std::memory_order_relaxed);
  while (true) {
    const auto from = std::max(due, now);
    if (from + interval > now + second) return false;
    if (next_due.compare_exchange_weak(due, from + interval, std::memory_order_relaxed)) return true;
  }
}

}  // namespace peregrine
