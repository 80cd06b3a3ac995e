#include "peregrine/base/portrait.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace peregrine {
namespace {

TEST(portrait, tells_what_linux_tells) {
  const auto root = std::filesystem::path(testing::TempDir()) / ("portrait_test_" + std::to_string(getpid()));
  std::filesystem::create_directories(root / "proc/sys/kernel");
  std::filesystem::create_directories(root / "etc");
  std::ofstream(root / "proc/cpuinfo") << "processor\t: 0\nmodel name\t: A Processor @ 3.00GHz\n";
  std::ofstream(root / "proc/meminfo") << "MemTotal:       24000 kB\nMemFree: 1 kB\n";
  std::ofstream(root / "proc/sys/kernel/osrelease") << "6.1.0-18-amd64\n";
  std::ofstream(root / "etc/os-release") << "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
  const auto taken = take_portrait(root.string());
  std::filesystem::remove_all(root);
  EXPECT_EQ(taken.processor, "A Processor @ 3.00GHz");
  EXPECT_EQ(taken.memory, 24'000U * 1024);
  EXPECT_EQ(taken.kernel, "6.1.0-18-amd64");
  EXPECT_EQ(taken.system, "Debian GNU/Linux 12 (bookworm)");
  EXPECT_GE(taken.processors, 1U);
}

TEST(portrait, a_machine_that_tells_nothing_has_one_too) {
  const auto taken = take_portrait("/no such folder");
  EXPECT_EQ(taken.processor, "");
  EXPECT_EQ(taken.memory, 0U);
}

TEST(portrait, time_is_told_in_utc) {
  EXPECT_EQ(print_time(std::chrono::system_clock::from_time_t(1'580'771'499)), "2020-02-03T23:11:39Z");
}

}  // namespace
}  // namespace peregrine
