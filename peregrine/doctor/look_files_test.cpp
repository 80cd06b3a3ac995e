#include "peregrine/doctor/made_up_test.hpp"

namespace peregrine::doctor {
namespace {

using doctor_files = made_up;

TEST_F(doctor_files, the_hard_limit_counts_since_the_soft_one_is_raised) {
  files_ = {1'024, 20'000};
  const auto found = make_plan({.connections = 50'000}, here_);
  EXPECT_EQ(found.possible, 19'968U);
  EXPECT_EQ(named(found, "open files, the soft limit").when_met, effect::none);
}

TEST_F(doctor_files, processes_multiply_them_on_both_ends) {
  demand wanted{.connections = 100'000, .server_processes = 2, .client_processes = 4, .source_addresses = 32};
  constexpr std::uint64_t two = 38'547;  // not twice 19,968: one of them gets more than the other, and stops at that
  EXPECT_EQ(make_plan(wanted, here_).possible, two);
  wanted.client_processes = 1;
  EXPECT_EQ(make_plan(wanted, here_).possible, 19'968U);
  wanted.client_processes = 0;  // as many as it takes never stop anything
  EXPECT_EQ(make_plan(wanted, here_).possible, two);
  wanted.client_processes = 4;
  wanted.server = false;
  EXPECT_EQ(make_plan(wanted, here_).possible, 4 * 19'968U);
}

TEST_F(doctor_files, beyond_nr_open_two_lines_are_needed) {
  const auto found = make_plan({.connections = 2'000'000, .source_addresses = 128}, here_);
  EXPECT_EQ(found.first_stop()->lift, "sysctl -w fs.nr_open=2000032 && ulimit -n 2000032");
  EXPECT_FALSE(named(found, "fs.nr_open").enough);
}

TEST_F(doctor_files, root_that_may_not_raise_them_is_told_what_else_helps) {
  write("/proc/self/status", "Uid:\t0\t0\t0\t0\nCapEff:\t000001fffeffffff\n");
  const auto found = make_plan({.connections = 100'000, .source_addresses = 64}, here_);
  EXPECT_EQ(found.first_stop()->lift,
            "not from in here, where ulimit -n 100032 is refused: start the container with --ulimit nofile=100032; or "
            "HTTP/2, which carries 128 "
            "WebSockets on each TCP connection, or several processes, which have a limit each");
}

TEST_F(doctor_files, those_of_the_machine_are_shared_by_both_ends) {
  files_ = {1'000'000, 1'000'000};
  write("/proc/sys/fs/file-max", "41064");
  write("/proc/sys/fs/file-nr", "1000\t0\t41064");
  const auto found = make_plan({.connections = 50'000, .source_addresses = 2}, here_);
  EXPECT_EQ(found.possible, 20'000U);
  EXPECT_EQ(found.first_stop()->lift, "sysctl -w fs.file-max=101064");
}

TEST_F(doctor_files, epoll_watches_both_ends) {
  files_ = {1'000'000, 1'000'000};
  write("/proc/sys/fs/epoll/max_user_watches", "40000");
  const auto found = make_plan({.connections = 50'000, .source_addresses = 2}, here_);
  EXPECT_EQ(found.possible, 20'000U);
  EXPECT_EQ(found.first_stop()->lift, "sysctl -w fs.epoll.max_user_watches=100000");
}

TEST_F(doctor_files, a_process_that_may_open_next_to_nothing_holds_none) {
  files_ = {16, 16};
  EXPECT_EQ(make_plan({.connections = 1}, here_).possible, 0U);
}

TEST_F(doctor_files, systemd_is_told_of_where_it_runs) {
  EXPECT_FALSE(has(make_plan({.connections = 50'000}, here_), "systemd"));
  write("/run/systemd/system/here", "");
  const auto found = make_plan({.connections = 50'000}, here_);
  EXPECT_EQ(named(found, "systemd").have, "1024:524288");
  EXPECT_EQ(named(found, "systemd").lift, "for a service: LimitNOFILE=50032 in its [Service]");
  write("/etc/systemd/system.conf", "[Manager]\n#DefaultLimitNOFILE=9\nDefaultLimitNOFILE=10\n");
  EXPECT_EQ(named(make_plan({.connections = 1}, here_), "systemd").have, "10");
  write("/etc/systemd/system.conf.d/20.conf", "[Manager]\nDefaultLimitNOFILE=20\n");
  write("/etc/systemd/system.conf.d/30.conf.off", "DefaultLimitNOFILE=30\n");
  EXPECT_EQ(named(make_plan({.connections = 1}, here_), "systemd").have, "20");
}

}  // namespace
}  // namespace peregrine::doctor
