#include "peregrine/doctor/cost.hpp"

#include <gtest/gtest.h>

namespace peregrine::doctor {
namespace {

TEST(cost, http1_pays_for_a_tcp_connection_each) {
  EXPECT_EQ(per_connection(protocol::http1), 1U);
  EXPECT_EQ(bytes_per_websocket(protocol::http1, false, 4'000), 4'254U);
  EXPECT_EQ(bytes_per_websocket(protocol::http1, true, 4'000), 18'754U);
}

TEST(cost, http2_shares_it_and_its_tls) {
  EXPECT_EQ(per_connection(protocol::http2), 128U);
  EXPECT_EQ(bytes_per_websocket(protocol::http2, false, 1'280), 1'010U);
  EXPECT_EQ(bytes_per_websocket(protocol::http2, false, 1'281), 1'011U);  // rounded up
  EXPECT_EQ(bytes_per_websocket(protocol::http2, true, 4'060), 1'145U);
}

}  // namespace
}  // namespace peregrine::doctor
