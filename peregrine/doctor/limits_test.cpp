#include "peregrine/doctor/limits.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

namespace peregrine::doctor {
namespace {

// A machine like the one that the project is measured on, until a test changes it.
class doctor_plan : public testing::Test {
 protected:
  doctor_plan() {
    here_.proc = root_;
    here_.open_files = [this] { return files_; };
    here_.set_open_files = [this](open_file_limit wanted) {
      if (refusal_ == 0) files_ = wanted;
      return refusal_;
    };
    write("sys/fs/nr_open", "1048576");
    write("sys/fs/file-max", "9223372036854775807");
    write("sys/fs/file-nr", "488\t0\t9223372036854775807");
    write("sys/net/ipv4/ip_local_port_range", "32768\t60999");
    write("sys/net/core/somaxconn", "4096");
    write("sys/net/ipv4/tcp_mem", "287901\t383868\t575802");
    write("sys/vm/max_map_count", "65530");
    write("meminfo", "MemAvailable:   24000000 kB");
  }
  ~doctor_plan() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, std::string_view text) {
    const auto whole = std::filesystem::path(root_) / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }

  static const limit& named(const plan& found, std::string_view name) {
    const auto place =
        std::ranges::find_if(found.limits, [&](const limit& each) { return each.name.starts_with(name); });
    if (place == found.limits.end()) throw std::out_of_range(std::string(name));
    return *place;
  }

  std::string root_ = [] {
    std::string name = std::filesystem::temp_directory_path() / "doctor.XXXXXX";
    return std::string(mkdtemp(name.data()));
  }();
  open_file_limit files_{20'000, 20'000};
  int refusal_ = 0;
  machine here_;
};

TEST_F(doctor_plan, what_fits_fits) {
  const auto found = make_plan({.connections = 10'000}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_EQ(found.possible, 10'000U);
  EXPECT_EQ(found.first_stop(), nullptr);
  EXPECT_EQ(found.describe(), "This machine holds the 10,000 connections asked for.");
}

TEST_F(doctor_plan, open_files_stop_first) {
  const auto found = make_plan({.connections = 1'000'000, .source_addresses = 64}, here_);
  EXPECT_EQ(found.possible, 19'968U);
  ASSERT_NE(found.first_stop(), nullptr);
  EXPECT_EQ(found.first_stop()->name, "open files of a process");
  EXPECT_EQ(found.first_stop()->have, "20,000");
  EXPECT_EQ(found.first_stop()->need, "1,000,032");
  EXPECT_EQ(found.first_stop()->lift, "ulimit -n 1000032");
  EXPECT_TRUE(found.describe().starts_with("As it stands this machine holds 19,968 of the 1,000,000"))
      << found.describe();
}

TEST_F(doctor_plan, the_hard_limit_counts_since_the_soft_one_is_raised) {
  files_ = {1'024, 20'000};
  EXPECT_EQ(make_plan({.connections = 50'000}, here_).possible, 19'968U);
}

TEST_F(doctor_plan, processes_multiply_open_files_on_both_ends) {
  demand wanted{.connections = 100'000, .server_processes = 2, .client_processes = 4, .source_addresses = 32};
  EXPECT_EQ(make_plan(wanted, here_).possible, 2 * 19'968U);
  wanted.server = false;
  EXPECT_EQ(make_plan(wanted, here_).possible, 4 * 19'968U);
}

TEST_F(doctor_plan, beyond_nr_open_two_lines_are_needed) {
  const auto found = make_plan({.connections = 2'000'000, .source_addresses = 128}, here_);
  EXPECT_EQ(found.first_stop()->lift, "sysctl -w fs.nr_open=2000032 && ulimit -n 2000032");
  EXPECT_FALSE(named(found, "fs.nr_open").enough);
}

TEST_F(doctor_plan, files_of_the_machine_are_shared_by_both_ends) {
  files_ = {1'000'000, 1'000'000};
  write("sys/fs/file-max", "41064");
  write("sys/fs/file-nr", "1000\t0\t41064");
  const demand wanted{.connections = 50'000, .source_addresses = 2};
  const auto found = make_plan(wanted, here_);
  EXPECT_EQ(found.possible, 20'000U);
  EXPECT_EQ(found.first_stop()->lift, "sysctl -w fs.file-max=101064");
}

TEST_F(doctor_plan, ports_run_out_at_28232_for_one_source_address) {
  files_ = {1'000'000, 1'000'000};
  const auto found = make_plan({.connections = 100'000}, here_);
  EXPECT_EQ(found.possible, 28'232U);
  EXPECT_EQ(found.first_stop()->lift, "--bind 127.0.0.1-127.0.0.4");
  EXPECT_EQ(make_plan({.connections = 100'000, .source_addresses = 4}, here_).possible, 100'000U);
}

TEST_F(doctor_plan, many_source_addresses_carry_over) {
  const auto found = make_plan({.connections = 10'000'000}, here_);
  EXPECT_EQ(named(found, "local ports").lift, "--bind 127.0.0.1-127.0.1.99");  // 355 addresses
}

TEST_F(doctor_plan, a_server_alone_needs_no_ports) {
  files_ = {1'000'000, 1'000'000};
  const auto found = make_plan({.connections = 100'000, .client = false}, here_);
  EXPECT_TRUE(found.fits());
}

TEST_F(doctor_plan, memory_counts_the_ends_that_are_here) {
  files_ = {1'000'000, 1'000'000};
  write("meminfo", "MemAvailable: 92240 kB");  // 20 × 4,612 KiB
  demand wanted{.connections = 500'000, .source_addresses = 64};
  EXPECT_EQ(make_plan(wanted, here_).possible, 10'240U);
  EXPECT_EQ(make_plan(wanted, here_).first_stop()->name, "memory available");
  wanted.client = false;
  EXPECT_EQ(make_plan(wanted, here_).possible, 20'480U);
}

TEST_F(doctor_plan, what_only_slows_does_not_stop) {
  write("sys/net/core/somaxconn", "128");
  write("sys/net/ipv4/tcp_mem", "100 200 300");
  const auto found = make_plan({.connections = 10'000}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_FALSE(named(found, "net.core.somaxconn").enough);
  EXPECT_EQ(named(found, "net.core.somaxconn").lift, "sysctl -w net.core.somaxconn=4096");
  EXPECT_EQ(named(found, "net.ipv4.tcp_mem").lift, "sysctl -w net.ipv4.tcp_mem=\"5000 7500 10000\"");
  EXPECT_NE(found.describe().find("need 4,096 to stay quick"), std::string::npos) << found.describe();
}

TEST_F(doctor_plan, maps_are_told_but_never_stop) {
  write("sys/vm/max_map_count", "10");
  const auto found = make_plan({.connections = 10'000}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_TRUE(named(found, "vm.max_map_count").enough);
}

TEST_F(doctor_plan, what_the_system_hides_is_not_counted) {
  std::filesystem::remove_all(root_ + "/sys");
  std::filesystem::remove(root_ + "/meminfo");
  const auto found = make_plan({.connections = 50'000}, here_);
  EXPECT_EQ(found.limits.size(), 1U);
  EXPECT_EQ(found.possible, 19'968U);
}

TEST_F(doctor_plan, a_process_that_may_open_next_to_nothing_holds_none) {
  files_ = {16, 16};
  EXPECT_EQ(make_plan({.connections = 1}, here_).possible, 0U);
}

TEST_F(doctor_plan, processes_needed) {
  EXPECT_EQ(processes_for(0, here_), 1U);
  EXPECT_EQ(processes_for(19'968, here_), 1U);
  EXPECT_EQ(processes_for(19'969, here_), 2U);
  EXPECT_EQ(processes_for(1'000'000, here_), 51U);
}

TEST_F(doctor_plan, the_soft_limit_is_raised) {
  files_ = {1'024, 20'000};
  const auto done = raise_open_files(here_);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->before.soft, 1'024U);
  EXPECT_EQ(done->now.soft, 20'000U);
  EXPECT_EQ(files_.soft, 20'000U);
}

TEST_F(doctor_plan, a_refusal_is_told) {
  files_ = {1'024, 20'000};
  refusal_ = EPERM;
  const auto done = raise_open_files(here_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, EPERM);
  EXPECT_TRUE(done.error().message.starts_with("the limit of open files could not be raised from 1024 to 20000"));
}

}  // namespace
}  // namespace peregrine::doctor
