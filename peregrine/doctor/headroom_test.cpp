#include "peregrine/doctor/headroom.hpp"

#include "peregrine/doctor/made_up_test.hpp"

namespace peregrine::doctor {
namespace {

class headroom : public made_up {
 protected:
  std::string told() const {
    std::string all;
    for (const auto& each : look_at_use(here_)) {
      all += each.name + " " + std::to_string(each.used) + "/" + std::to_string(each.limit) + "\n";
    }
    return all;
  }
};

TEST_F(headroom, is_what_the_machine_says) {
  write("/proc/meminfo", "MemTotal:       24000000 kB\nMemFree:         500 kB\nMemAvailable:   20000000 kB\n");
  write("/proc/sys/fs/file-nr", "488\t0\t20000");
  write("/proc/net/sockstat", "sockets: used 90\nTCP: inuse 5 orphan 0 tw 2 alloc 7 mem 3\nUDP: inuse 1 mem 9\n");
  write("/proc/sys/net/ipv4/tcp_mem", "10\t20\t30");
  write("/proc/sys/net/netfilter/nf_conntrack_count", "17");
  write("/proc/sys/net/netfilter/nf_conntrack_max", "262144");
  const auto pages = static_cast<std::uint64_t>(getpagesize());
  EXPECT_EQ(told(), "memory_bytes 4096000000/24576000000\nfiles_of_all_processes 488/20000\ntcp_memory_bytes " +
                        std::to_string(3 * pages) + "/" + std::to_string(30 * pages) +
                        "\ntracked_connections 17/262144\n");
}

TEST_F(headroom, has_no_line_for_what_does_not_limit) {
  write("/proc/sys/net/ipv4/tcp_mem", "10\t20\t9223372036854775807");
  std::filesystem::remove(root_ + "/proc/meminfo");
  EXPECT_EQ(told(), "") << "the number of files is as good as unlimited";
}

}  // namespace
}  // namespace peregrine::doctor
