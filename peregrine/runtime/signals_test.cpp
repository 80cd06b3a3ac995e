#include "peregrine/runtime/signals.hpp"

#include "peregrine/runtime/reactor.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

namespace peregrine {
namespace {

bool is_blocked(int number) {
  sigset_t now;
  sigprocmask(SIG_SETMASK, nullptr, &now);
  return sigismember(&now, number) == 1;
}

TEST(signals, the_loop_hears_each_by_its_number) {
  reactor loop;
  std::vector<int> heard;
  signals both;
  ASSERT_TRUE(both.watch([&heard](int number) { heard.push_back(number); }));
  loop.run_turn(false);
  EXPECT_TRUE(heard.empty());
  raise(SIGTERM);
  loop.run_turn(false);
  EXPECT_EQ(heard, (std::vector{SIGTERM}));
  raise(SIGINT);
  loop.run_turn(false);
  EXPECT_EQ(heard, (std::vector{SIGTERM, SIGINT}));
}

TEST(signals, are_polled_for_where_there_is_no_loop) {
  signals both;
  pollfd waiting{both.descriptor(), POLLIN, 0};
  EXPECT_EQ(poll(&waiting, 1, 0), 0);
  EXPECT_EQ(both.take(), 0);
  raise(SIGINT);
  EXPECT_EQ(poll(&waiting, 1, 0), 1);
  EXPECT_EQ(both.take(), SIGINT);
  EXPECT_EQ(both.take(), 0);
}

TEST(signals, afterwards_all_is_as_before_and_what_nobody_took_ends_nothing) {
  ASSERT_FALSE(is_blocked(SIGTERM));
  {
    const signals both;
    EXPECT_TRUE(is_blocked(SIGINT));
    EXPECT_TRUE(is_blocked(SIGTERM));
    raise(SIGTERM);  // which would end this very program
  }
  EXPECT_FALSE(is_blocked(SIGINT));
  EXPECT_FALSE(is_blocked(SIGTERM));
}

}  // namespace
}  // namespace peregrine
