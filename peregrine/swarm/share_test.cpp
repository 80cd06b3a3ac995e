#include "peregrine/swarm/share.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

std::vector<address> sources(int count) {
  std::vector<address> made;
  for (int i = 1; i <= count; ++i) made.push_back(*address::from_numbers("127.0.0." + std::to_string(i), 0));
  return made;
}

TEST(divide, nothing_is_lost_and_nothing_done_twice) {
  const auto shares =
      divide({.count = 100, .concurrency = 8, .active = 4, .rate = 300.0, .echo_rate = 40.0, .sources = {}}, 3);
  ASSERT_EQ(shares.size(), 3U);
  std::uint64_t count = 0, active = 0;
  double rate = 0, echo_rate = 0;
  for (const auto& each : shares) {
    count += each.count, active += each.active;
    rate += *each.rate, echo_rate += *each.echo_rate;
    EXPECT_GE(each.concurrency, 2U);
  }
  EXPECT_EQ(count, 100U);
  EXPECT_EQ(active, 4U);
  EXPECT_DOUBLE_EQ(rate, 300);
  EXPECT_DOUBLE_EQ(echo_rate, 40);
  EXPECT_EQ(shares[0].active, 2U);
  EXPECT_DOUBLE_EQ(*shares[0].echo_rate, 20) << "by members, not by processes";
}

TEST(divide, every_process_has_something_to_do) {
  const auto shares =
      divide({.count = 2, .concurrency = 1, .active = 9, .rate = {}, .echo_rate = 1.0, .sources = {}}, 5);
  ASSERT_EQ(shares.size(), 2U);
  for (const auto& each : shares) {
    EXPECT_EQ(each.count, 1U);
    EXPECT_EQ(each.concurrency, 1U);
    EXPECT_EQ(each.active, 1U);
    EXPECT_FALSE(each.rate);
  }
}

TEST(divide, source_addresses_of_their_own_where_there_are_enough) {
  const auto own =
      divide({.count = 9, .concurrency = 9, .active = 0, .rate = {}, .echo_rate = {}, .sources = sources(5)}, 2);
  EXPECT_EQ(own[0].sources.size(), 3U);
  EXPECT_EQ(own[1].sources.size(), 2U);
  EXPECT_EQ(own[1].sources[0].host(), "127.0.0.2");

  const auto common =
      divide({.count = 9, .concurrency = 9, .active = 0, .rate = {}, .echo_rate = {}, .sources = sources(1)}, 2);
  EXPECT_EQ(common[1].sources.size(), 1U);
}

}  // namespace
}  // namespace peregrine::swarm
