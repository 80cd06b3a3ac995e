#include "peregrine/base/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(histogram, spans_hold_every_value_once) {
  std::mt19937_64 random(3);
  std::vector<std::uint64_t> values{0, 1, 15, 16, 17, 63, 64, 127, 128, greatest - 1, greatest};
  while (values.size() < 5'000) values.push_back(random() >> (random() % 64));
  histogram seen;
  for (const auto value : values) seen.record(value);
  const auto spans = seen.spans();
  EXPECT_LE(spans.size(), 496U);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const auto inside = std::ranges::count_if(
        values, [&](std::uint64_t value) { return value >= spans[i].first && value <= spans[i].last; });
    ASSERT_EQ(spans[i].count, static_cast<std::uint64_t>(inside)) << spans[i].first;
    ASSERT_GT(spans[i].count, 0U);
    if (i > 0) {
      ASSERT_GT(spans[i].first, spans[i - 1].last);
    }
  }
}

TEST(histogram, a_span_is_an_eighth_of_a_power_of_two) {
  histogram seen;
  seen.record(1'000);  // 512 and an eighth of it more, seven times over
  ASSERT_EQ(seen.spans().size(), 1U);
  EXPECT_EQ(seen.spans()[0].first, 960U);
  EXPECT_EQ(seen.spans()[0].last, 1'023U);
}

TEST(histogram, a_foreign_bucket_is_refused_whole) {
  histogram seen;
  const std::vector<histogram::bucket_count> wrong{{1, 1}, {histogram::buckets, 1}};
  EXPECT_FALSE(seen.merge(wrong, 1));
  EXPECT_EQ(seen.count(), 0U);
}

}  // namespace
}  // namespace peregrine
