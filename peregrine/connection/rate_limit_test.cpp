#include "peregrine/connection/rate_limit.hpp"

#include <gtest/gtest.h>

namespace peregrine {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

int come(std::atomic<std::uint64_t>& next_due, std::uint64_t now, std::uint64_t per_second, int tries) {
  int let_in = 0;
  for (int i = 0; i < tries; ++i) let_in += is_due(next_due, now, per_second) ? 1 : 0;
  return let_in;
}

TEST(a_rate_limit, lets_a_seconds_worth_in_at_once_and_no_more) {
  std::atomic<std::uint64_t> next_due{0};
  EXPECT_EQ(come(next_due, 5 * second, 100, 1'000), 100);
  EXPECT_EQ(come(next_due, 5 * second + second / 2, 100, 1'000), 50);
  EXPECT_EQ(come(next_due, 5 * second + second / 2, 100, 1'000), 0);
  EXPECT_EQ(come(next_due, 60 * second, 100, 1'000), 100);
}

TEST(a_rate_limit, lets_in_all_who_keep_to_it) {
  std::atomic<std::uint64_t> next_due{0};
  for (std::uint64_t i = 0; i < 10'000; ++i) EXPECT_TRUE(is_due(next_due, second + i * second / 1'000, 1'000)) << i;
}

TEST(a_rate_limit, of_one_is_one_in_a_second) {
  std::atomic<std::uint64_t> next_due{0};
  EXPECT_EQ(come(next_due, second, 1, 5), 1);
  EXPECT_EQ(come(next_due, 2 * second - 1, 1, 5), 0);
  EXPECT_EQ(come(next_due, 2 * second, 1, 5), 1);
}

}  // namespace
}  // namespace peregrine
