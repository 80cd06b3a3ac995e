#include "peregrine/doctor/made_up_test.hpp"

namespace peregrine::doctor {
namespace {

class doctor_memory : public made_up {
 protected:
  doctor_memory() { files_ = {10'000'000, 10'000'000}; }

  void has_memory(std::uint64_t bytes) {
    write("/proc/meminfo", "MemAvailable: " + std::to_string(bytes / 1024) + " kB");
  }
  static constexpr auto one_process = measured::process;
  static constexpr std::uint64_t per_end = measured::user + measured::kernel;
};

TEST_F(doctor_memory, the_ends_that_are_here_count) {
  has_memory(1'024 * per_end);
  EXPECT_EQ(make_plan({.connections = 500'000, .client = false}, here_).possible, 1'024U);
  // The swarm is two processes more.
  has_memory(2 * one_process + 2'048 * per_end);
  const auto found = make_plan({.connections = 500'000, .source_addresses = 64}, here_);
  EXPECT_EQ(found.possible, 1'024U);
  EXPECT_EQ(found.first_stop()->name, "memory");
}

TEST_F(doctor_memory, tls_costs_more_and_http2_less) {
  has_memory(std::uint64_t{1} << 30U);
  const auto most = [this](protocol carried, bool tls) {
    return named(make_plan({.connections = 1, .client = false, .carried = carried, .tls = tls}, here_), "memory")
        .allows;
  };
  EXPECT_EQ(most(protocol::http1, false), (1U << 30U) / 4'354);
  EXPECT_EQ(most(protocol::http1, true), (1U << 30U) / 18'854);
  EXPECT_EQ(most(protocol::http2, false), (1U << 30U) / 1'033);
  EXPECT_EQ(most(protocol::http2, true), (1U << 30U) / 1'146);
}

TEST_F(doctor_memory, a_control_group_leaves_less) {
  write("/proc/self/cgroup", "0::/box\n");
  write("/sys/fs/cgroup/box/memory.max", std::to_string(1'000 * per_end + 8'192));
  write("/sys/fs/cgroup/box/memory.current", "8192");
  const auto found = make_plan({.connections = 2'000, .client = false}, here_);
  EXPECT_EQ(found.possible, 1'000U);
  EXPECT_EQ(found.first_stop()->name, "memory of the control group");
  EXPECT_EQ(found.first_stop()->lift,
            "as root: echo " + std::to_string(2'000 * per_end + 8'192) + " >/sys/fs/cgroup/box/memory.max");
}

TEST_F(doctor_memory, a_group_of_version_1_is_not_charged_for_accepted_sockets) {
  write("/proc/self/cgroup", "0::/\n4:memory:/box\n");
  const auto per_accepted = measured::user + measured::kernel_accepted_in_group_1;
  write("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", std::to_string(1'000 * per_accepted));
  write("/sys/fs/cgroup/memory/box/memory.usage_in_bytes", "0");
  EXPECT_EQ(make_plan({.connections = 2'000, .client = false}, here_).possible, 1'000U);
}

}  // namespace
}  // namespace peregrine::doctor
