// A histogram of 64-bit values in fixed memory (15 KiB): exact below 64, within 1/32 (3.1 %) above.
// The unit (µs, ns, bytes) is the caller's. Histograms of several processes add up: see `counts`.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace peregrine {

class histogram {
 public:
  // Log-linear: 64 buckets of width 1, then 32 equal buckets for each further power of two.
  static constexpr unsigned precision_bits = 5;
  static constexpr std::uint32_t steps = 1U << precision_bits;
  static constexpr std::uint32_t buckets = (64 - precision_bits + 1) * steps;
  static constexpr std::uint32_t exact = 2 * steps;  // values below are buckets of their own

  void record(std::uint64_t value, std::uint64_t times = 1) noexcept {
    counts_[bucket_of(value)] += times;
    count_ += times;
    if (times > 0) max_ = std::max(max_, value);
  }

  void merge(const histogram& other) noexcept {
    for (std::uint32_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t max() const noexcept { return max_; }  // exact; 0 when empty

  // The smallest recorded value (to the precision above, rounded up) that at least the fraction `part` of all values
  // do not exceed; part 0.5 is the median. 0 when empty.
  std::uint64_t percentile(double part) const noexcept {
    const auto wanted =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_))), 1,
                                  std::max<std::uint64_t>(count_, 1));
    std::uint64_t seen = 0;
    for (std::uint32_t i = 0; i < buckets; ++i) {
      seen += counts_[i];
      if (seen >= wanted) return std::min(highest_of(i), max_);
    }
    return max_;
  }

  // For a reader, and for a file: the same in few spans. Each power of two is cut into eight equal ones, values below
  // 16 stand alone, and what is empty is left out: never more than 496.
  struct span {
    std::uint64_t first;
    std::uint64_t last;  // counted in it too
    std::uint64_t count;
  };
  static constexpr unsigned span_bits = 3;
  std::vector<span> spans() const {
    std::vector<span> filled;
    for (std::uint32_t i = 0; i < buckets; ++i) {
      if (counts_[i] == 0) continue;
      const auto highest = highest_of(i);
      if (filled.empty() || highest > filled.back().last) {
        const auto width = static_cast<unsigned>(std::bit_width(highest));
        const auto shift = width > span_bits + 1 ? width - 1 - span_bits : 0;
        const auto first = highest >> shift << shift;
        filled.push_back({first, first + ((std::uint64_t{1} << shift) - 1), 0});
      }
      filled.back().count += counts_[i];
    }
    return filled;
  }

  // What another process needs in order to merge this histogram: the buckets that are not empty, and the maximum.
  using bucket_count = std::pair<std::uint32_t, std::uint64_t>;
  std::vector<bucket_count> counts() const {
    std::vector<bucket_count> filled;
    for (std::uint32_t i = 0; i < buckets; ++i) {
      if (counts_[i] > 0) filled.emplace_back(i, counts_[i]);
    }
    return filled;
  }

  // False, and nothing taken, if a bucket is none of ours.
  bool merge(std::span<const bucket_count> filled, std::uint64_t maximum) noexcept {
    if (std::ranges::any_of(filled, [](const auto& each) { return each.first >= buckets; })) return false;
    for (const auto& [bucket, times] : filled) {
      counts_[bucket] += times;
      count_ += times;
    }
    max_ = std::max(max_, maximum);
    return true;
  }

 private:
  static std::uint32_t bucket_of(std::uint64_t value) noexcept {
    if (value < exact) return static_cast<std::uint32_t>(value);
    const auto shift = static_cast<std::uint32_t>(std::bit_width(value)) - 1 - precision_bits;
    return shift * steps + static_cast<std::uint32_t>(value >> shift);
  }

  // The greatest value that falls into the bucket.
  static std::uint64_t highest_of(std::uint32_t bucket) noexcept {
    if (bucket < exact) return bucket;
    const auto shift = bucket / steps - 1;
    const std::uint64_t lead = bucket - shift * steps;
    return (lead << shift) + ((std::uint64_t{1} << shift) - 1);
  }

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace peregrine
