#include "peregrine/server/drain.hpp"

#include <gtest/gtest.h>

namespace peregrine::server {
namespace {

using namespace std::chrono_literals;

TEST(a_drain, is_even_over_its_window) {
  for (int tenth = 0; tenth <= 10; ++tenth) {
    EXPECT_EQ(due_closes(100'000, tenth * 3s, 30s), static_cast<std::uint64_t>(tenth) * 10'000);
  }
  EXPECT_EQ(due_closes(100'000, 31s, 30s), 100'000U);
}

TEST(a_drain, of_few_is_over_soon) {
  EXPECT_EQ(due_closes(30, 500ms, 30s), 10U);
  EXPECT_EQ(due_closes(30, 1500ms, 30s), 30U);
  EXPECT_EQ(due_closes(30, 2s, 30s), 30U);
}

TEST(a_drain, without_a_window_is_at_once) {
  EXPECT_EQ(due_closes(5, 0ms, 0ms), 5U);
}

}  // namespace
}  // namespace peregrine::server
