#include "peregrine/doctor/control_group.hpp"

#include "peregrine/doctor/made_up_test.hpp"

namespace peregrine::doctor {
namespace {

using control_groups = made_up;

TEST_F(control_groups, none_is_no_limit) {
  EXPECT_FALSE(memory_limit(here_));
  write("/proc/self/cgroup", "0::/a\n");
  EXPECT_FALSE(memory_limit(here_));
  write("/sys/fs/cgroup/a/memory.max", "max\n");
  EXPECT_FALSE(memory_limit(here_));
}

TEST_F(control_groups, version_2_without_what_can_be_dropped) {
  write("/proc/self/cgroup", "0::/a\n");
  write("/sys/fs/cgroup/a/memory.max", "1000\n");
  write("/sys/fs/cgroup/a/memory.current", "700\n");
  write("/sys/fs/cgroup/a/memory.stat", "anon 100\ninactive_file 300\nactive_file 5\n");
  const auto found = memory_limit(here_);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->free(), 600U);
  EXPECT_EQ(found->version, 2);
  EXPECT_EQ(found->path, "/sys/fs/cgroup/a/memory.max");
}

TEST_F(control_groups, the_tightest_of_all_above_counts) {
  write("/proc/self/cgroup", "0::/a/b/c\n");
  for (const auto& [folder, most] : {std::pair{"/a/b/c", "1000"}, {"/a/b", "100"}, {"/a", "500"}}) {
    write(std::string("/sys/fs/cgroup") + folder + "/memory.max", most);
    write(std::string("/sys/fs/cgroup") + folder + "/memory.current", "10");
  }
  EXPECT_EQ(memory_limit(here_)->free(), 90U);
  EXPECT_EQ(memory_limit(here_)->path, "/sys/fs/cgroup/a/b/memory.max");
}

TEST_F(control_groups, version_1_is_where_its_controller_is_named) {
  write("/proc/self/cgroup", "9:pids:/p\n4:cpu,memory:/m\n0::/unified\n");
  write("/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "1000");
  write("/sys/fs/cgroup/memory/m/memory.usage_in_bytes", "1500");
  write("/sys/fs/cgroup/memory/m/memory.stat", "inactive_file 1\ntotal_inactive_file 600\n");
  write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");  // none
  write("/sys/fs/cgroup/pids/p/pids.max", "20");
  write("/sys/fs/cgroup/pids/p/pids.current", "30");
  EXPECT_EQ(memory_limit(here_)->free(), 100U);
  EXPECT_EQ(memory_limit(here_)->version, 1);
  EXPECT_EQ(process_limit(here_)->free(), 0U);
}

TEST_F(control_groups, in_a_container_its_own_group_is_the_root) {
  write("/proc/self/cgroup", "4:memory:/docker/0123\n");
  write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000");
  write("/sys/fs/cgroup/memory/memory.usage_in_bytes", "400");
  EXPECT_EQ(memory_limit(here_)->free(), 600U);
}

}  // namespace
}  // namespace peregrine::doctor
