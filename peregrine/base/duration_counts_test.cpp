#include "peregrine/base/duration_counts.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace peregrine {
namespace {

TEST(duration_counts, a_bound_belongs_to_what_is_below_it) {
  duration_counts counted;
  counted.record(0);
  counted.record(100'000);
  counted.record(100'001);
  counted.record(10'000'000'000);
  counted.record(10'000'000'001);
  EXPECT_EQ(counted.counts[0], 2U);
  EXPECT_EQ(counted.counts[1], 1U);
  EXPECT_EQ(counted.counts[15], 1U);
  EXPECT_EQ(counted.counts[16], 1U);
  EXPECT_EQ(std::accumulate(counted.counts.begin(), counted.counts.end(), std::uint64_t{0}), 5U);
  EXPECT_EQ(counted.sum, 20'000'200'002U);
}

}  // namespace
}  // namespace peregrine
