#include "peregrine/doctor/remedy.hpp"

#include "peregrine/doctor/made_up_test.hpp"

#include <cerrno>

namespace peregrine::doctor {
namespace {

using remedies = made_up;

TEST_F(remedies, the_files_lift_what_is_too_low_and_nothing_else) {
  write("/proc/sys/net/core/somaxconn", "128");
  write("/proc/sys/net/ipv4/tcp_mem", "1 2 3");
  const auto found = make_plan({.connections = 100'000, .client = false}, here_);
  EXPECT_EQ(sysctl_file(found), "net.core.somaxconn = 4096\nnet.ipv4.tcp_mem = 50000 75000 100000\n");
  EXPECT_EQ(limits_file(found), "* - nofile 100032\nroot - nofile 100032\n");
  EXPECT_EQ(both_files(found),
            "# /etc/sysctl.d/90-peregrine.conf\n# counts after: sysctl --system\n" + sysctl_file(found) +
                "\n# /etc/security/limits.d/90-peregrine.conf\n# counts from the next login on; a service has "
                "LimitNOFILE=100032 in its [Service] instead\n" +
                limits_file(found));
}

TEST_F(remedies, where_all_is_enough_the_files_say_so) {
  const auto found = make_plan({.connections = 10'000, .client = false}, here_);
  EXPECT_EQ(sysctl_file(found), "# nothing here is too low\n");
  EXPECT_EQ(limits_file(found), "# nothing here is too low\n");
  EXPECT_TRUE(apply(found, here_).empty());
  EXPECT_EQ(own_limits(found, here_), "");
}

TEST_F(remedies, what_is_applied_lets_them_fit) {
  files_ = {100'000, 100'000};
  write("/proc/sys/net/netfilter/nf_conntrack_max", "1000");
  write("/proc/sys/net/netfilter/nf_conntrack_count", "1");
  const demand wanted{.connections = 60'000};
  const auto before = make_plan(wanted, here_);
  ASSERT_FALSE(before.fits());
  const auto changes = apply(before, here_);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].describe(), "net.ipv4.ip_local_port_range: 32768 60999 → 1024 65535");
  EXPECT_EQ(changes[1].describe(), "net.netfilter.nf_conntrack_max: 1000 → 60001");
  EXPECT_TRUE(make_plan(wanted, here_).fits());
}

TEST_F(remedies, a_refusal_is_told_with_the_command) {
  EXPECT_EQ((change{{"fs.nr_open", "9"}, "5", EACCES}.describe()),
            "fs.nr_open stays 5: only root of the machine itself may set it; sysctl -w fs.nr_open=9");
  EXPECT_EQ((change{{"fs.nr_open", "9"}, "5", EINVAL}.describe()),
            "fs.nr_open stays 5: Invalid argument; sysctl -w fs.nr_open=9");
}

TEST_F(remedies, open_files_are_for_who_starts_it) {
  const auto found = make_plan({.connections = 100'000, .client = false}, here_);
  EXPECT_EQ(own_limits(found, here_),
            "open files of a shell: ulimit -n 100032; of a service: LimitNOFILE=100032 in its [Service]");
}

}  // namespace
}  // namespace peregrine::doctor
