#include "peregrine/page/scale.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace peregrine::page {
namespace {

using marks = std::vector<double>;

TEST(scale, marks_are_round_and_reach_the_greatest) {
  EXPECT_EQ(round_marks(28'012, 4), (marks{0, 10'000, 20'000, 30'000}));
  EXPECT_EQ(round_marks(100'000, 5), (marks{0, 20'000, 40'000, 60'000, 80'000, 100'000}));
  EXPECT_EQ(round_marks(1'000, 1), (marks{0, 1'000}));
  for (double greatest = 0.001; greatest < 1e9; greatest *= 1.37) {
    const auto found = round_marks(greatest, 4);
    EXPECT_GE(found.back(), greatest * (1 - 1e-9));
    EXPECT_LT(found[found.size() - 2], greatest);
    EXPECT_LE(found.size(), 6U);
    EXPECT_GE(found.size(), 2U);
  }
}

TEST(scale, nothing_to_show_has_an_axis_all_the_same) {
  EXPECT_EQ(round_marks(0, 4), (marks{0, 1}));
  EXPECT_EQ(round_marks(std::numeric_limits<double>::quiet_NaN(), 4), (marks{0, 1}));
  EXPECT_EQ(round_marks(std::numeric_limits<double>::infinity(), 4), (marks{0, 1}));
}

TEST(scale, marks_of_a_logarithm_stay_inside) {
  EXPECT_EQ(log_marks(150, 12'000, 9), (marks{200, 500, 1'000, 2'000, 5'000, 10'000}));
  EXPECT_EQ(log_marks(150, 12'000, 5), (marks{1'000, 10'000}));
  EXPECT_EQ(log_marks(3, 4, 9), marks{});
}

TEST(scale, counts_are_short) {
  EXPECT_EQ(short_count(0), "0");
  EXPECT_EQ(short_count(950), "950");
  EXPECT_EQ(short_count(1'200), "1.2k");
  EXPECT_EQ(short_count(25'000), "25k");
  EXPECT_EQ(short_count(999'700), "1M");
  EXPECT_EQ(short_count(1'500'000), "1.5M");
}

}  // namespace
}  // namespace peregrine::page
