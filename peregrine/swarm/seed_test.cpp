#include "peregrine/swarm/seed.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

TEST(seed, a_step_alone_is_slower_than_all_before_it) {
  EXPECT_DOUBLE_EQ(seed::rate_of(0), 1152.85);
  for (std::size_t i = 1; i < seed::rates.size(); ++i) EXPECT_LT(seed::rate_of(i), seed::rates[i]);
  EXPECT_NEAR(seed::rate_of(1), 1126.2, 0.1);
}

}  // namespace
}  // namespace peregrine::swarm
