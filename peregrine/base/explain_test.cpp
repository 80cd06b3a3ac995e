#include "peregrine/base/explain.hpp"

#include "peregrine/base/tls_code.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace peregrine {
namespace {

// A machine of a test's own making.
class scripted : public testing::Test {
 protected:
  scripted() {
    here_.proc = root_;
    here_.open_files = [this] { return files_; };
  }
  ~scripted() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, std::string_view text) {
    const auto whole = std::filesystem::path(root_) / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }

  std::string root_ = [] {
    std::string name = std::filesystem::temp_directory_path() / "machine.XXXXXX";
    return std::string(mkdtemp(name.data()));
  }();
  open_file_limit files_{1024, 1024};
  machine here_;
};

using explain_limits = scripted;
using machine_facts = scripted;

TEST_F(machine_facts, settings_are_found_by_name) {
  write("sys/net/ipv4/tcp_mem", "287901\t383868\t575802\n");
  write("sys/fs/nr_open", "1048576\n");
  EXPECT_EQ(here_.number("fs.nr_open"), 1048576U);
  EXPECT_EQ(here_.numbers("net.ipv4.tcp_mem"), (std::vector<std::uint64_t>{287901, 383868, 575802}));
  EXPECT_EQ(here_.number("fs.file-max"), std::nullopt);
  EXPECT_TRUE(here_.numbers("fs.file-max").empty());
}

TEST_F(machine_facts, memory_available_is_in_bytes) {
  EXPECT_EQ(here_.memory_available(), std::nullopt);
  write("meminfo", "MemTotal:       24000 kB\nMemFree:        1 kB\nMemAvailable:   2048 kB\n");
  EXPECT_EQ(here_.memory_available(), 2048U * 1024);
}

TEST(machine_local, knows_itself) {
  const auto [soft, hard] = machine::local().open_files();
  EXPECT_GT(soft, 0U);
  EXPECT_LE(soft, hard);
  EXPECT_GT(machine::local().number("fs.nr_open").value_or(0), 0U);
  EXPECT_GT(machine::local().memory_available().value_or(0), 0U);
}

TEST_F(explain_limits, soft_limit_of_open_files) {
  files_ = {1024, 20000};
  EXPECT_EQ(explain(EMFILE, attempt::accept, here_),
            "this process is at its limit of 1,024 open files; raise it before the start with: ulimit -Sn 20000");
}

TEST_F(explain_limits, hard_limit_of_open_files) {
  files_ = {20000, 20000};
  write("sys/fs/nr_open", "1048576");
  EXPECT_EQ(explain(EMFILE, attempt::accept, here_),
            "this process is at its limit of 20,000 open files; raise it, as root, with: prlimit --pid " +
                std::to_string(getpid()) +
                " --nofile=1048576; HTTP/2, which carries 128 WebSockets on each TCP connection, or several processes, "
                "which have a limit each, is a way around it; peregrine doctor --connections N tells all that N need");
}

TEST_F(explain_limits, hard_limit_where_root_may_not_raise_it) {
  files_ = {20000, 20000};
  write("self/status", "Uid:\t0\t0\t0\t0\nCapEff:\t000001fffeffffff\n");
  const auto said = explain(EMFILE, attempt::accept, here_);
  EXPECT_NE(said.find("it can't be raised from in here"), std::string::npos) << said;
  EXPECT_EQ(said.find("prlimit"), std::string::npos) << said;
  EXPECT_NE(said.find("HTTP/2"), std::string::npos) << said;
}

TEST_F(explain_limits, hard_limit_that_no_process_passes) {
  files_ = {5000, 5000};
  write("sys/fs/nr_open", "5000");
  EXPECT_NE(explain(EMFILE, attempt::accept, here_).find("sysctl -w fs.nr_open=10000 && prlimit"), std::string::npos);
}

TEST_F(explain_limits, open_files_of_the_machine) {
  write("sys/fs/file-max", "100000");
  EXPECT_EQ(
      explain(ENFILE, attempt::connect, here_),
      "the whole machine is at its limit of 100,000 open files; raise it, as root, with: sysctl -w fs.file-max=200000");
}

TEST_F(explain_limits, local_ports) {
  write("sys/net/ipv4/ip_local_port_range", "32768\t60999");
  const auto said = explain(EADDRNOTAVAIL, attempt::connect, here_);
  EXPECT_TRUE(said.starts_with("every local port from 32768 to 60999 (28,232) is taken")) << said;
  EXPECT_NE(said.find("sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\""), std::string::npos) << said;
  EXPECT_EQ(explain(EADDRINUSE, attempt::connect, here_), said);
}

TEST_F(explain_limits, memory_of_sockets) {
  write("sys/net/ipv4/tcp_mem", "10 20 30");
  write("meminfo", "MemAvailable: 1024 kB");
  for (const int code : {ENOBUFS, ENOMEM}) {
    const auto said = explain(code, attempt::accept, here_);
    EXPECT_NE(said.find("1 MiB available"), std::string::npos) << said;
    EXPECT_NE(said.find("sysctl -w net.ipv4.tcp_mem=\"20 40 60\""), std::string::npos) << said;
  }
}

TEST_F(explain_limits, what_the_system_hides_is_left_out) {
  EXPECT_TRUE(explain(EADDRNOTAVAIL, attempt::connect, here_).starts_with("every local port is taken"));
  EXPECT_NE(explain(ENFILE, attempt::open, here_).find("limit of unknown"), std::string::npos);
  EXPECT_EQ(explain(ENOMEM, attempt::accept, here_),
            "the kernel has no memory left for sockets (an unknown amount available)");
}

TEST_F(explain_limits, watches) {
  write("sys/fs/epoll/max_user_watches", "5000");
  EXPECT_NE(explain(ENOSPC, attempt::watch, here_).find("fs.epoll.max_user_watches=10000"), std::string::npos);
  EXPECT_EQ(explain(ENOSPC, attempt::open, here_), "the disk is full");
}

TEST_F(explain_limits, the_same_code_means_another_thing_to_a_listener) {
  EXPECT_NE(explain(EADDRNOTAVAIL, attempt::listen, here_).find("none of this machine's interfaces"),
            std::string::npos);
  EXPECT_NE(explain(EADDRINUSE, attempt::listen, here_).find("another program listens"), std::string::npos);
  EXPECT_NE(explain(EACCES, attempt::listen, here_).find("ports below 1024"), std::string::npos);
  EXPECT_NE(explain(EACCES, attempt::open, here_).find("may not read"), std::string::npos);
}

TEST(explain_peers, in_words) {
  EXPECT_EQ(explain(ECONNREFUSED, attempt::connect), "refused: nobody listens at that address and port");
  EXPECT_EQ(explain(ECONNRESET, attempt::transfer), "reset: the peer broke the connection off");
  EXPECT_EQ(explain(ETIMEDOUT, attempt::connect), "timed out: no answer came from the peer");
  EXPECT_EQ(explain(EXDEV, attempt::open), "Invalid cross-device link");
}

TEST(explain_peers, ends_of_tls) {
  EXPECT_NE(explain(tls_code::truncated, attempt::transfer).find("close_notify"), std::string::npos);
  EXPECT_NE(explain(tls_code::certificate_untrusted, attempt::connect).find("--ca FILE"), std::string::npos);
  EXPECT_EQ(explain(tls_code::alert + 48, attempt::connect),
            "the peer broke TLS off with the alert 48 unknown_ca: it does not trust who signed our certificate");
  EXPECT_EQ(explain(tls_code::alert + 255, attempt::connect), "the peer broke TLS off with the alert 255");
}

}  // namespace
}  // namespace peregrine
