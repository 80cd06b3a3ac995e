#include "peregrine/base/kernel_memory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace peregrine {
namespace {

class kernel : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(proc_ / "net");
    std::ofstream(proc_ / "meminfo") << "MemTotal:  100 kB\nSlab:            2000 kB\nSReclaimable: 1 kB\n";
    std::ofstream(proc_ / "net/sockstat")
        << "sockets: used 9\nTCP: inuse 1 orphan 0 tw 849 alloc 1 mem 3\nUDP: inuse 0 mem 7\n";
  }
  void TearDown() override { std::filesystem::remove_all(proc_); }

  const std::filesystem::path proc_ = std::filesystem::path(testing::TempDir()) / "kernel_memory_test";
};

TEST_F(kernel, live_objects_where_they_may_be_read) {
  std::ofstream(proc_ / "slabinfo")
      << "slabinfo - version: 2.1\n# name <active_objs> <num_objs> <objsize>\n"
         "TCP      10  12 2304 13 8 : tunables 0 0 0\nfilp     10 64 256 16 1 : tunables 0 0 0\n"
         "TCPv6    1  12 2500 13 8 : tunables 0 0 0\nkmalloc-8  7 64 8 16 1 : tunables 0 0 0\n";
  const auto found = measure_kernel(proc_.string());
  EXPECT_TRUE(found.counts_live_alone);
  EXPECT_EQ(found.objects, 10U * 2304 + 10 * 256 + 2500 + 7 * 8);
  EXPECT_EQ(found.buffers, 3 * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

TEST_F(kernel, tells_what_a_connection_is_made_of) {
  const auto empty = measure_kernel("/nowhere");
  std::ofstream(proc_ / "slabinfo")
      << "slabinfo - version: 2.1\nTCP 10  12 2304 13 8 : tunables 0 0 0\nTCPv6 1  12 2500 13 8 : tunables 0 0 0\n"
         "kmalloc-8  7 64 8 16 1 : tunables 0 0 0\n";
  const auto found = measure_kernel(proc_.string());
  ASSERT_EQ(found.lines.size(), empty.lines.size());
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < found.lines.size(); ++i) {
    EXPECT_EQ(found.lines[i].source, empty.lines[i].source);
    EXPECT_EQ(found.lines[i].whose, owner::kernel);
    sum += static_cast<std::uint64_t>(found.lines[i].bytes);
  }
  EXPECT_EQ(sum, found.sum());
  EXPECT_EQ(found.lines.front().name, "TCP sockets");
  EXPECT_EQ(found.lines.front().objects, 11U);
  EXPECT_EQ(found.lines.front().bytes, 10 * 2304 + 2500);
}

TEST_F(kernel, all_slabs_elsewhere) {
  const auto found = measure_kernel(proc_.string());
  EXPECT_FALSE(found.counts_live_alone);
  EXPECT_EQ(found.objects, 2000U * 1024);
}

}  // namespace
}  // namespace peregrine
