#include "peregrine/connection/address_table.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace peregrine {
namespace {

using outcome = address_table::outcome;

constexpr std::uint64_t seed = 7;

TEST(an_address_table, lets_each_address_take_as_many_places_as_its_limit) {
  const auto table = std::make_unique<address_table>();
  std::vector<std::uint32_t> taken;
  for (int i = 0; i < 3; ++i) {
    const auto got = table->take(1, seed, 3);
    ASSERT_EQ(got.what, outcome::taken);
    taken.push_back(got.where);
  }
  EXPECT_EQ(table->take(1, seed, 3).what, outcome::at_limit);
  EXPECT_FALSE(table->take_more(taken.front(), 3));
  EXPECT_EQ(table->take(2, seed, 3).what, outcome::taken);
  EXPECT_EQ(table->places(1, seed), 3U);
  table->give_back(taken.front(), 2);
  EXPECT_EQ(table->places(1, seed), 1U);
  EXPECT_TRUE(table->take_more(taken.front(), 3));
  EXPECT_TRUE(table->take_more(taken.front(), 3));
  EXPECT_FALSE(table->take_more(taken.front(), 3));
  table->give_back(taken.front(), 3);
  EXPECT_EQ(table->places(1, seed), 0U);
  EXPECT_EQ(table->places(2, seed), 1U);
}

TEST(an_address_table, tells_many_addresses_apart_and_is_empty_when_all_have_left) {
  const auto table = std::make_unique<address_table>();
  constexpr std::uint64_t many = 200'000;
  std::vector<std::uint32_t> taken;
  for (std::uint64_t network = 1; network <= many; ++network) {
    const auto got = table->take(network, seed, 1);
    ASSERT_EQ(got.what, outcome::taken) << network;
    taken.push_back(got.where);
  }
  for (std::uint64_t network = 1; network <= many; ++network) {
    ASSERT_EQ(table->take(network, seed, 1).what, outcome::at_limit) << network;
  }
  for (const auto where : taken) table->give_back(where, 1);
  for (std::uint64_t network = 1; network <= many; ++network) ASSERT_EQ(table->places(network, seed), 0U) << network;
}

TEST(an_address_table, lets_in_uncounted_whom_it_has_no_room_for) {
  const auto table = std::make_unique<address_table>();
  std::uint64_t untold = 0;
  constexpr std::uint64_t many = 3'000'000;  // more than it has words
  for (std::uint64_t network = 1; network <= many; ++network) {
    const auto got = table->take(network, seed, 1);
    ASSERT_NE(got.what, outcome::at_limit);
    untold += got.what == outcome::untold ? 1 : 0;
  }
  EXPECT_GE(untold, many - 16 * (std::uint64_t{1} << 17U));
  EXPECT_LT(untold, many / 2);
}

}  // namespace
}  // namespace peregrine
