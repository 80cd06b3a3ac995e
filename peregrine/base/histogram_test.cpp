#include "peregrine/base/histogram.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace peregrine {
namespace {

constexpr auto greatest = std::numeric_limits<std::uint64_t>::max();

TEST(histogram, empty) {
  const histogram none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.max(), 0U);
  EXPECT_EQ(none.percentile(0.5), 0U);
  EXPECT_TRUE(none.counts().empty());
}

TEST(histogram, small_values_are_exact) {
  histogram seen;
  for (std::uint64_t value = 1; value <= 60; ++value) seen.record(value);
  EXPECT_EQ(seen.percentile(0.0), 1U);
  EXPECT_EQ(seen.percentile(0.5), 30U);
  EXPECT_EQ(seen.percentile(0.9), 54U);
  EXPECT_EQ(seen.percentile(1.0), 60U);
}

TEST(histogram, every_value_is_told_within_a_thirty_second) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = random() >> (random() % 64);
    histogram seen;
    seen.record(value);
    seen.record(greatest);
    const auto told = seen.percentile(0.5);
    ASSERT_GE(told, value);
    ASSERT_LE(told - value, value / 32) << value;
  }
}

TEST(histogram, holds_the_greatest_value) {
  histogram seen;
  seen.record(greatest);
  EXPECT_EQ(seen.percentile(1.0), greatest);
  EXPECT_EQ(seen.max(), greatest);
  EXPECT_EQ(seen.counts().front().first, histogram::buckets - 1);
}

TEST(histogram, a_percentile_never_exceeds_the_maximum) {
  histogram seen;
  seen.record(1'000'001);
  EXPECT_EQ(seen.percentile(0.5), 1'000'001U);
}

TEST(histogram, counts_with_weight) {
  histogram seen;
  seen.record(10, 99);
  seen.record(5'000);
  seen.record(9'000'000, 0);
  EXPECT_EQ(seen.count(), 100U);
  EXPECT_EQ(seen.percentile(0.99), 10U);
  EXPECT_EQ(seen.percentile(0.999), 5'000U);
}

TEST(histogram, two_merged_are_as_one) {
  std::mt19937_64 random(2);
  histogram left;
  histogram right;
  histogram whole;
  for (int i = 0; i < 5'000; ++i) {
    const auto value = random() % 1'000'000;
    (i % 3 == 0 ? left : right).record(value);
    whole.record(value);
  }
  histogram carried;
  ASSERT_TRUE(carried.merge(left.counts(), left.max()));
  ASSERT_TRUE(carried.merge(right.counts(), right.max()));
  left.merge(right);
  for (const auto* merged : {&left, &carried}) {
    EXPECT_EQ(merged->counts(), whole.counts());
    EXPECT_EQ(merged->count(), whole.count());
    EXPECT_EQ(merged->max(), whole.max());
  }
}

TEST(histogram, a_foreign_bucket_is_refused_whole) {
  histogram seen;
  const std::vector<histogram::bucket_count> wrong{{1, 1}, {histogram::buckets, 1}};
  EXPECT_FALSE(seen.merge(wrong, 1));
  EXPECT_EQ(seen.count(), 0U);
}

}  // namespace
}  // namespace peregrine
