#include "peregrine/worker/restart_delay.hpp"

#include <gtest/gtest.h>

namespace peregrine::worker {
namespace {

using namespace std::chrono_literals;

TEST(a_fallen_process, is_started_anew_at_once_and_later_each_time_that_it_falls_again) {
  restart_delay delay;
  EXPECT_EQ(delay.next(1ms), 0ms);
  EXPECT_EQ(delay.next(1ms), 100ms);
  EXPECT_EQ(delay.next(1ms), 200ms);
  for (int i = 0; i < 10; ++i) delay.next(1ms);
  EXPECT_EQ(delay.next(1ms), 10s);
  EXPECT_EQ(delay.next(1min), 0ms);  // which went well for a while
  EXPECT_EQ(delay.next(1ms), 100ms);
}

}  // namespace
}  // namespace peregrine::worker
