#include "peregrine/doctor/made_up_test.hpp"

namespace peregrine::doctor {
namespace {

class doctor_network : public made_up {
 protected:
  doctor_network() { files_ = {10'000'000, 10'000'000}; }
};

TEST_F(doctor_network, ports_run_out_at_28232_for_one_source_address) {
  const auto found = make_plan({.connections = 100'000}, here_);
  EXPECT_EQ(found.possible, 28'232U);
  EXPECT_EQ(found.first_stop()->have, "28,232 × 1 × 1");
  EXPECT_EQ(found.first_stop()->lift, "--bind 127.0.0.1-127.0.0.4");
  EXPECT_TRUE(found.first_stop()->settings.empty());  // the widest range would not do
  EXPECT_EQ(make_plan({.connections = 100'000, .source_addresses = 4}, here_).possible, 100'000U);
  EXPECT_EQ(make_plan({.connections = 100'000, .destinations = 4}, here_).possible, 100'000U);
}

TEST_F(doctor_network, a_wider_range_is_offered_where_it_is_enough) {
  const auto found = make_plan({.connections = 60'000}, here_);
  EXPECT_EQ(found.first_stop()->lift,
            "--bind 127.0.0.1-127.0.0.3; or as root: sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"");
  ASSERT_EQ(found.first_stop()->settings.size(), 1U);
  EXPECT_EQ(found.first_stop()->settings[0].value, "1024 65535");
}

TEST_F(doctor_network, a_swarm_that_spreads_over_the_loopback_needs_no_more) {
  const auto found = make_plan({.connections = 1'000'000, .source_addresses = 0}, here_);
  EXPECT_TRUE(named(found, "local ports").enough);
  EXPECT_EQ(named(found, "local ports").have, "28,232 × up to 65,536 × 1");
}

TEST_F(doctor_network, many_source_addresses_carry_over) {
  const auto found = make_plan({.connections = 10'000'000}, here_);
  EXPECT_EQ(named(found, "local ports").lift, "--bind 127.0.0.1-127.0.1.99");  // 355 addresses
}

TEST_F(doctor_network, reserved_ports_are_no_local_ones) {
  write("/proc/sys/net/ipv4/ip_local_reserved_ports", "8080,32768,60000-61000,40000-40009\n");
  const auto found = make_plan({.connections = 100'000}, here_);
  EXPECT_EQ(found.possible, 28'232U - 1 - 1'000 - 10);
}

TEST_F(doctor_network, a_server_alone_needs_no_ports) {
  const auto found = make_plan({.connections = 100'000, .client = false}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_EQ(named(found, "local ports").when_met, effect::none);
}

TEST_F(doctor_network, what_only_slows_does_not_stop) {
  write("/proc/sys/net/core/somaxconn", "128");
  write("/proc/sys/net/ipv4/tcp_mem", "100 200 300");
  const auto found = make_plan({.connections = 10'000}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_FALSE(named(found, "net.core.somaxconn").enough);
  EXPECT_EQ(named(found, "net.core.somaxconn").lift, "sysctl -w net.core.somaxconn=4096");
  EXPECT_EQ(named(found, "net.ipv4.tcp_mem").lift, "sysctl -w net.ipv4.tcp_mem=\"5000 7500 10000\"");
  EXPECT_NE(found.describe().find("need 4,096 to stay quick"), std::string::npos) << found.describe();
}

TEST_F(doctor_network, few_rows_in_the_table_of_sockets_slow_many_connections) {
  const auto* const rows = "net.ipv4.tcp_ehash_entries";
  EXPECT_FALSE(has(make_plan({.connections = 10}, here_), rows));
  for (const auto* text : {"262144", "-262144"}) {  // its own, and its parent's
    write("/proc/sys/net/ipv4/tcp_ehash_entries", text);
    EXPECT_TRUE(named(make_plan({.connections = 262'144}, here_), rows).enough);
    EXPECT_TRUE(named(make_plan({.connections = 524'288, .client = false}, here_), rows).enough);
    const auto found = make_plan({.connections = 1'000'000}, here_);
    EXPECT_FALSE(named(found, rows).enough);
    EXPECT_EQ(named(found, rows).have, "262,144");
    EXPECT_EQ(named(found, rows).need, "1,048,576");
    EXPECT_NE(named(found, rows).lift.find("thash_entries=1048576 at boot"), std::string::npos);
    EXPECT_TRUE(named(make_plan({.connections = 10'000'000, .carried = protocol::http2}, here_), rows).enough);
  }
  const auto unasked = make_plan({}, here_);
  EXPECT_TRUE(named(unasked, rows).enough);
  EXPECT_EQ(named(unasked, rows).lift, "");
}

TEST_F(doctor_network, buffers_are_told_and_take_nothing) {
  EXPECT_FALSE(has(make_plan({.connections = 10}, here_), "net.ipv4.tcp_wmem"));
  write("/proc/sys/net/ipv4/tcp_wmem", "4096\t16384\t4194304");
  const auto found = make_plan({.connections = 10}, here_);
  EXPECT_EQ(named(found, "net.ipv4.tcp_wmem").have, "up to 4 MiB a socket");
  EXPECT_EQ(named(found, "net.ipv4.tcp_wmem").when_met, effect::none);
}

TEST_F(doctor_network, a_table_of_connections_stops_where_one_is_kept) {
  write("/proc/sys/net/netfilter/nf_conntrack_max", "10100");
  write("/proc/sys/net/netfilter/nf_conntrack_count", "0");
  EXPECT_TRUE(make_plan({.connections = 20'000}, here_).fits());
  write("/proc/sys/net/netfilter/nf_conntrack_count", "100");
  const auto found = make_plan({.connections = 20'000}, here_);
  EXPECT_EQ(found.possible, 10'000U);
  EXPECT_EQ(found.first_stop()->lift, "sysctl -w net.netfilter.nf_conntrack_max=20100");
}

}  // namespace
}  // namespace peregrine::doctor
