// A timing wheel: a million time-outs cost nothing to hold, and setting or clearing one takes constant time.
//
// Time is cut into ticks of one millisecond. Level n has 64 slots of 8^n ticks each, and a time-out goes to the finest
// level that reaches it; it is never moved again. So it comes late by at most a seventh of its own length, and never
// early: right for what expires a peer, and exact to the tick below 64 ms. (The same trade as the Linux kernel's
// timers.)
#pragma once

#include "peregrine/base/list.hpp"

#include <array>
#include <cstdint>
#include <limits>

namespace peregrine {

// Base of what can be timed. It leaves the wheel when it is destroyed.
class timed : public list_link {};

class timer_wheel {
 public:
  using ticks = std::uint64_t;
  static constexpr ticks never = std::numeric_limits<ticks>::max();

  // `element` expires `delay` ticks after `now()`; one that was set before is set anew. Delays beyond 32 days are cut.
  void set(timed& element, ticks delay) noexcept;

  // Brings the wheel to `now`; what has expired waits in `expired()` from then on, in no particular order.
  void advance(ticks now) noexcept;

  // What has expired: taken one by one, so that a loop may stop in the middle and go on in its next turn.
  list<timed>& expired() noexcept { return expired_; }

  ticks now() const noexcept { return now_; }

  // The tick at which to call `advance` next: never later than the next expiry; `never` when nothing is set.
  ticks next() const noexcept;

 private:
  static constexpr int levels = 10;
  static constexpr int slot_bits = 6;
  static constexpr int level_bits = 3;  // a level's slots are 2^3 times as long as those of the level below
  static constexpr ticks slots = 1 << slot_bits;

  static constexpr ticks slot_length(int level) noexcept { return ticks{1} << (level_bits * level); }

  ticks now_ = 0;
  std::array<std::uint64_t, levels> occupied_{};  // one bit a slot; may be set for a slot that was emptied since
  std::array<std::array<list<timed>, slots>, levels> slots_;
  list<timed> expired_;
};

}  // namespace peregrine
