#include "peregrine/net/address.hpp"

#include <gtest/gtest.h>

namespace peregrine {
namespace {

TEST(address, is_read_from_numbers_and_printed_back) {
  const auto v4 = address::from_numbers("127.0.0.1", 8080);
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->to_string(), "127.0.0.1:8080");
  EXPECT_EQ(v4->family(), AF_INET);
  EXPECT_EQ(v4->size(), sizeof(sockaddr_in));
  const auto v6 = address::from_numbers("::1", 443);
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->to_string(), "[::1]:443");
  EXPECT_EQ(v6->host(), "::1");
  EXPECT_EQ(v6->size(), sizeof(sockaddr_in6));
}

TEST(address, keeps_all_but_the_port_when_the_port_changes) {
  EXPECT_EQ(address::from_numbers("127.0.0.1", 1)->with_port(65'535).to_string(), "127.0.0.1:65535");
  EXPECT_EQ(address::from_numbers("::1", 1)->with_port(2).to_string(), "[::1]:2");
}

TEST(address, says_what_is_no_address) {
  for (const auto* wrong : {"", "localhost", "127.0.0.256", "1.2.3", "[::1]", "127.0.0.1:80", "::1%"}) {
    const auto made = address::from_numbers(wrong, 1);
    ASSERT_FALSE(made) << wrong;
    EXPECT_EQ(made.error().message,
              "'" + std::string(wrong) + "' is no IP address; expected one such as 127.0.0.1 or ::1");
  }
}

TEST(address, resolves_names_numbers_and_every_address) {
  const auto local = address::resolve("localhost", 80);
  ASSERT_TRUE(local) << local.error().message;
  EXPECT_EQ(local->port(), 80);
  EXPECT_EQ(address::resolve("127.0.0.9", 80)->to_string(), "127.0.0.9:80");
  EXPECT_EQ(address::resolve("", 80)->to_string(), "0.0.0.0:80");
  EXPECT_EQ(address::resolve("*", 80)->to_string(), "0.0.0.0:80");
}

TEST(address, names_the_host_that_has_no_address) {
  const auto made = address::resolve("no such host", 80);  // no name may hold a space: nobody is asked
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().message.starts_with("the host name 'no such host' has no address: "))
      << made.error().message;
}

TEST(address, is_of_a_network_that_is_one_subscribers) {
  const auto network = [](std::string_view host) { return address::from_numbers(host, 80)->network(); };
  EXPECT_EQ(network("192.0.2.1"), network("192.0.2.1"));
  EXPECT_NE(network("192.0.2.1"), network("192.0.2.2"));
  EXPECT_EQ(network("::ffff:192.0.2.1"), network("192.0.2.1"));
  EXPECT_EQ(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::2"));
  EXPECT_NE(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
  EXPECT_NE(network("::1"), 0U);
  EXPECT_NE(network("0.0.0.0"), 0U);
  EXPECT_EQ(address::from_numbers("192.0.2.1", 80)->network(), address::from_numbers("192.0.2.1", 81)->network());
}

TEST(address, of_a_socket_that_has_none_is_all_zero) {
  EXPECT_EQ(address::of_peer(-1).port(), 0);
}

}  // namespace
}  // namespace peregrine
