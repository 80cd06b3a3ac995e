#include "peregrine/runtime/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace peregrine {

// A slot at level n with index i stands for the ticks t with t >> 3n ≡ i (mod 64); its elements expire when `now`
// reaches the slot's first tick. An expiry is rounded up to such a first tick, so that nothing comes early.

void timer_wheel::set(timed& element, ticks delay) noexcept {
  element.unlink();
  delay = std::max<ticks>(delay, 1);
  int level = 0;
  while (level < levels - 1 && delay > (slots - 2) * slot_length(level)) ++level;
  delay = std::min(delay, (slots - 2) * slot_length(level));
  const ticks slot = (now_ + delay + slot_length(level) - 1) / slot_length(level);
  slots_[static_cast<std::size_t>(level)][slot % slots].push_back(element);
  occupied_[static_cast<std::size_t>(level)] |= std::uint64_t{1} << (slot % slots);
}

void timer_wheel::advance(ticks now) noexcept {
  if (now <= now_) return;
  for (int level = 0; level < levels; ++level) {
    auto& occupied = occupied_[static_cast<std::size_t>(level)];
    if (occupied == 0) continue;
    const ticks before = now_ / slot_length(level);
    const ticks passed = std::min(now / slot_length(level) - before, slots);
    for (ticks i = 1; i <= passed; ++i) {
      const auto slot = (before + i) % slots;
      const auto bit = std::uint64_t{1} << slot;
      if (!(occupied & bit)) continue;
      occupied &= ~bit;
      expired_.splice_back(slots_[static_cast<std::size_t>(level)][slot]);
    }
  }
  now_ = now;
}

timer_wheel::ticks timer_wheel::next() const noexcept {
  if (!expired_.empty()) return now_;
  ticks earliest = never;
  for (int level = 0; level < levels; ++level) {
    const auto occupied = occupied_[static_cast<std::size_t>(level)];
    if (occupied == 0) continue;
    const ticks current = now_ / slot_length(level);
    // Rotated so that bit 0 is the slot after the current one: the lowest bit set is the next to expire.
    const auto ahead = std::rotr(occupied, static_cast<int>((current + 1) % slots));
    const ticks slot = current + 1 + static_cast<ticks>(std::countr_zero(ahead));
    earliest = std::min(earliest, slot * slot_length(level));
  }
  return earliest;
}

}  // namespace peregrine
