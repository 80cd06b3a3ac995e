#include "peregrine/doctor/made_up_test.hpp"

namespace peregrine::doctor {
namespace {

using doctor_processes = made_up;

TEST_F(doctor_processes, maps_are_told_but_never_stop) {
  write("/proc/sys/vm/max_map_count", "10");
  const auto found = make_plan({.connections = 10'000}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_TRUE(named(found, "vm.max_map_count").enough);
  EXPECT_NE(named(found, "vm.max_map_count").lift.find("coroutine"), std::string::npos);
}

TEST_F(doctor_processes, a_group_that_may_start_none_holds_none) {
  write("/proc/self/cgroup", "0::/box\n");
  write("/sys/fs/cgroup/box/pids.max", "10");
  write("/sys/fs/cgroup/box/pids.current", "7");
  const demand wanted{.connections = 10'000};  // server, swarm, and one that connects
  EXPECT_TRUE(make_plan(wanted, here_).fits());
  write("/sys/fs/cgroup/box/pids.current", "8");
  const auto found = make_plan(wanted, here_);
  EXPECT_EQ(found.possible, 0U);
  EXPECT_EQ(found.first_stop()->lift, "as root: echo 11 >/sys/fs/cgroup/box/pids.max");
}

TEST_F(doctor_processes, numbers_of_processes_are_enough_for_few_processes) {
  write("/proc/sys/kernel/pid_max", "32768");
  const auto found = make_plan({.connections = 1'000'000, .client_processes = 51, .source_addresses = 0}, here_);
  EXPECT_EQ(named(found, "kernel.pid_max").need, "53");
  EXPECT_TRUE(named(found, "kernel.pid_max").enough);
}

TEST_F(doctor_processes, one_processor_for_two_is_slow) {
  here_.processors = [] { return 1; };
  EXPECT_TRUE(named(make_plan({.connections = 10, .client = false}, here_), "processors").enough);
  const auto found = make_plan({.connections = 10}, here_);
  EXPECT_FALSE(named(found, "processors").enough);
  EXPECT_TRUE(found.fits());
}

}  // namespace
}  // namespace peregrine::doctor
