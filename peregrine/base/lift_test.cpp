#include "peregrine/base/lift.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace peregrine {
namespace {

class lifting : public testing::Test {
 protected:
  lifting() { here_.proc = root_; }
  ~lifting() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, std::string_view text) {
    const auto whole = std::filesystem::path(root_) / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }

  std::string root_ = [] {
    std::string name = std::filesystem::temp_directory_path() / "lift.XXXXXX";
    return std::string(mkdtemp(name.data()));
  }();
  machine here_;
  static constexpr auto all = "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n";
  static constexpr auto contained = "Uid:\t0\t0\t0\t0\nCapEff:\t000001fffeffffff\n";
  static constexpr auto a_person = "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n";
};

TEST_F(lifting, a_setting_of_several_numbers_is_quoted) {
  EXPECT_EQ(sysctl_command({"fs.nr_open", "5"}), "sysctl -w fs.nr_open=5");
  EXPECT_EQ(sysctl_command({"net.ipv4.tcp_mem", "1 2 3"}), "sysctl -w net.ipv4.tcp_mem=\"1 2 3\"");
}

TEST_F(lifting, who_may_is_read_from_the_capabilities) {
  EXPECT_EQ(who_raises_hard_limits(here_), raiser::this_process);  // nothing is known: let them try
  write("self/status", all);
  EXPECT_EQ(who_raises_hard_limits(here_), raiser::this_process);
  write("self/status", contained);
  EXPECT_EQ(who_raises_hard_limits(here_), raiser::nobody);
  write("self/status", a_person);
  EXPECT_EQ(who_raises_hard_limits(here_), raiser::root);
}

TEST(lifting_here, who_may_is_known_when_no_file_can_be_opened) {
  const auto before = who_raises_hard_limits(machine::local());
  const auto limit = machine::local().open_files();
  ASSERT_EQ(machine::local().set_open_files({0, limit.hard}), 0);
  const auto met = who_raises_hard_limits(machine::local());
  ASSERT_EQ(machine::local().set_open_files(limit), 0);
  EXPECT_EQ(met, before);
}

TEST_F(lifting, open_files_of_what_is_to_be_started) {
  write("sys/fs/nr_open", "1000");
  write("self/status", all);
  EXPECT_EQ(lift_open_files(900, here_), "ulimit -n 900");
  EXPECT_EQ(lift_open_files(1001, here_), "sysctl -w fs.nr_open=1001 && ulimit -n 1001");
  write("self/status", a_person);
  EXPECT_EQ(lift_open_files(900, here_), "as root, and started from there: ulimit -n 900");
  write("self/status", contained);
  EXPECT_EQ(
      lift_open_files(900, here_),
      "not from in here, where ulimit -n 900 is refused: start the container with --ulimit nofile=900; or HTTP/2, "
      "which carries 128 WebSockets on each TCP connection, or several processes, which have a limit each");
}

TEST_F(lifting, open_files_of_what_runs) {
  write("sys/fs/nr_open", "1000");
  write("self/status", a_person);
  EXPECT_EQ(lift_own_open_files(900, here_), "prlimit --pid " + std::to_string(getpid()) + " --nofile=900");
  write("self/status", contained);
  EXPECT_EQ(lift_own_open_files(900, here_), "");
}

}  // namespace
}  // namespace peregrine
