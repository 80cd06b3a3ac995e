#include "peregrine/swarm/sources.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace peregrine::swarm {
namespace {

std::vector<std::string> hosts(const std::vector<address>& found) {
  std::vector<std::string> texts;
  texts.reserve(found.size());
  for (const auto& each : found) texts.push_back(each.host());
  return texts;
}

using list = std::vector<std::string>;

TEST(sources, addresses_ranges_and_lists) {
  const auto found = parse_sources({"127.0.0.9", "127.0.0.254-127.0.1.1,10.0.0.1"});
  ASSERT_TRUE(found);
  EXPECT_EQ(hosts(*found), (list{"127.0.0.9", "127.0.0.254", "127.0.0.255", "127.0.1.0", "127.0.1.1", "10.0.0.1"}));
}

TEST(sources, one_address_may_be_ipv6) {
  const auto found = parse_sources({"::1"});
  ASSERT_TRUE(found);
  EXPECT_EQ(hosts(*found), list{"::1"});
}

TEST(sources, a_range_of_one_and_the_last_address_of_all) {
  const auto found = parse_sources({"255.255.255.255-255.255.255.255"});
  ASSERT_TRUE(found);
  EXPECT_EQ(hosts(*found), list{"255.255.255.255"});
}

TEST(sources, what_is_none_is_refused_with_an_example) {
  for (const char* wrong : {"", "localhost", "127.0.0.1-", "127.0.0.2-127.0.0.1", "::1-::2", "0.0.0.0-255.255.255.255",
                            "127.0.0.1,,127.0.0.2"}) {
    const auto found = parse_sources({wrong});
    ASSERT_FALSE(found) << wrong;
    EXPECT_NE(found.error().message.find("127.0.0.1"), std::string::npos) << found.error().message;
  }
}

class spread : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory_ / "sys/net/ipv4");
    std::ofstream(directory_ / "sys/net/ipv4/ip_local_port_range") << "1001\t2000\n";
    here_.proc = directory_.string();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  const std::filesystem::path directory_ = std::filesystem::path(testing::TempDir()) / "swarm_sources_test";
  machine here_;
};

TEST_F(spread, one_address_is_enough_for_few) {
  EXPECT_EQ(ports_per_source(here_), 1000U);
  EXPECT_TRUE(spread_over_loopback(*address::from_numbers("127.0.0.1", 80), 400, 4, here_).empty());
}

TEST_F(spread, many_are_spread_where_the_network_is_ours) {
  EXPECT_EQ(hosts(spread_over_loopback(*address::from_numbers("127.9.9.9", 80), 801, 1, here_)),
            (list{"127.0.0.1", "127.0.0.2", "127.0.0.3"}));
  // Of two processes each has two: with one it would look for a port among those that are taken.
  EXPECT_EQ(spread_over_loopback(*address::from_numbers("127.9.9.9", 80), 801, 2, here_).size(), 4U);
  EXPECT_TRUE(spread_over_loopback(*address::from_numbers("192.0.2.1", 80), 801, 1, here_).empty());
  EXPECT_TRUE(spread_over_loopback(*address::from_numbers("::1", 80), 801, 1, here_).empty());
}

}  // namespace
}  // namespace peregrine::swarm
