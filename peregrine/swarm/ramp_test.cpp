#include "peregrine/swarm/ramp.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

struct ramps : testing::Test {
  std::vector<ramp::mark> marks;
  ramp growth{[this](const ramp::mark& each) { marks.push_back(each); }};
};

TEST_F(ramps, a_mark_at_the_first_and_at_every_ten_thousand_and_one) {
  growth.begin(5 * second);
  growth.grow(5'000, 6 * second);
  growth.grow(25'000, 8 * second);
  ASSERT_EQ(marks.size(), 3U);
  EXPECT_EQ(marks[0].connections, 1U);
  EXPECT_EQ(marks[1].connections, 10'001U);
  EXPECT_EQ(marks[2].connections, 20'001U);
  // 5,000 in the first second, then 20,000 evenly in two: the 10,001st came at 1.5001 s.
  EXPECT_NEAR(marks[1].overall, 10'001 / 1.5001, 0.1);
  EXPECT_NEAR(marks[2].interval, 10'000, 0.1);
}

TEST_F(ramps, the_rest_is_a_step_of_its_own) {
  growth.begin(0);
  growth.grow(10'001, second);
  growth.grow(12'000, 2 * second);
  growth.end(2 * second);
  ASSERT_EQ(growth.rates().size(), 2U);
  EXPECT_NEAR(growth.rates()[0], 10'000, 1);
  EXPECT_NEAR(growth.rates()[1], 2'000, 1);
}

TEST_F(ramps, exactly_ten_thousand_are_one_step) {
  growth.begin(0);
  growth.grow(10'000, second);
  growth.end(second);
  ASSERT_EQ(growth.rates().size(), 1U);
  EXPECT_NEAR(growth.rates()[0], 10'000, 1);
}

TEST_F(ramps, nothing_opened_is_no_step) {
  growth.begin(0);
  growth.grow(0, second);
  growth.end(second);
  EXPECT_TRUE(growth.rates().empty());
  EXPECT_TRUE(marks.empty());
}

TEST_F(ramps, reports_that_overtake_each_other_do_not_turn_time_back) {
  growth.begin(0);
  growth.grow(6'000, 2 * second);
  growth.grow(12'000, second);
  growth.end(2 * second);
  EXPECT_EQ(marks.size(), 2U);
  for (const auto rate : growth.rates()) EXPECT_GE(rate, 0);
}

TEST(trend, of_a_straight_line_is_its_own) {
  EXPECT_NEAR(*trend(std::vector{100.0, 95.0, 90.0, 85.0, 80.0}), -0.2, 1e-9);
  EXPECT_NEAR(*trend(std::vector{100.0, 150.0, 200.0}), 1.0, 1e-9);
  EXPECT_NEAR(*trend(std::vector{7.0, 7.0, 7.0, 7.0}), 0.0, 1e-9);
}

TEST(trend, noise_is_none) {
  EXPECT_NEAR(*trend(std::vector{100.0, 110.0, 90.0, 110.0, 90.0, 110.0, 100.0}), 0.0, 0.01);
}

TEST(trend, needs_three) {
  EXPECT_FALSE(trend({}));
  EXPECT_FALSE(trend(std::vector{1.0, 2.0}));
  EXPECT_FALSE(trend(std::vector{0.0, 0.0, 0.0}));
}

}  // namespace
}  // namespace peregrine::swarm
