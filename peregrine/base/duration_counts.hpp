// How long things took, counted between fixed bounds: what a metrics system adds up over processes and over time. The
// finer histogram (histogram.hpp) is for reports.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace peregrine {

struct duration_counts {
  // Nanoseconds, each the greatest that its count takes; what is longer than all of them has a count of its own.
  static constexpr std::array<std::uint64_t, 16> bounds{
      100'000,    250'000,     500'000,     1'000'000,   2'500'000,     5'000'000,     10'000'000,    25'000'000,
      50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

  void record(std::uint64_t took) noexcept {
    const auto* const bound = std::ranges::lower_bound(bounds, took);
    ++counts[static_cast<std::size_t>(bound - bounds.begin())];
    sum += took;
  }

  std::array<std::uint64_t, bounds.size() + 1> counts{};
  std::uint64_t sum = 0;  // ns
};

}  // namespace peregrine
