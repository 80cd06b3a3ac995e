#include "peregrine/chat/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace peregrine::chat {
namespace {

std::vector<int> delays(backoff& waiting, int count) {
  std::vector<int> found;
  found.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) found.push_back(static_cast<int>(waiting.next().count()));
  return found;
}

TEST(backoff, doubles_up_to_the_cap) {
  backoff waiting([] { return 0.5; });
  EXPECT_EQ(delays(waiting, 8), (std::vector{750, 1500, 3000, 6000, 12000, 22500, 22500, 22500}));
}

TEST(backoff, is_spread_over_the_upper_half) {
  backoff least([] { return 0.0; });
  EXPECT_EQ(delays(least, 7), (std::vector{500, 1000, 2000, 4000, 8000, 15000, 15000}));
  backoff most([] { return 0.9999; });
  EXPECT_EQ(delays(most, 7), (std::vector{999, 1999, 3999, 7999, 15999, 29998, 29998}));
}

TEST(backoff, begins_anew_after_success) {
  backoff waiting([] { return 0.0; });
  delays(waiting, 5);
  waiting.reset();
  EXPECT_EQ(delays(waiting, 2), (std::vector{500, 1000}));
}

TEST(backoff, a_reason_may_ask_for_a_wait) {
  using namespace std::chrono_literals;
  EXPECT_EQ(asked_wait("the server restarts; come back in 2.5s"), 2500ms);
  EXPECT_EQ(asked_wait("come back in 30s, please"), 30s);
  EXPECT_EQ(asked_wait("come back in 0s"), 0ms);
  EXPECT_EQ(asked_wait("come back in 99999999s"), 1h);
  for (const auto* none : {"", "the server restarts", "come back in ", "come back in s", "come back in -1s",
                           "come back in infs", "come back in 5 minutes", "come back in 2.5"}) {
    EXPECT_EQ(asked_wait(none), std::nullopt) << none;
  }
}

TEST(backoff, its_random_source_keeps_to_its_range_and_does_not_repeat_itself) {
  const auto random = make_random();
  double low = 1, high = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto drawn = random();
    ASSERT_GE(drawn, 0);
    ASSERT_LT(drawn, 1);
    low = std::min(low, drawn);
    high = std::max(high, drawn);
  }
  EXPECT_LT(low, 0.1);
  EXPECT_GT(high, 0.9);
}

}  // namespace
}  // namespace peregrine::chat
