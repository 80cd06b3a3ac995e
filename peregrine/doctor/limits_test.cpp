#include "peregrine/doctor/limits.hpp"

#include "peregrine/doctor/made_up_test.hpp"

#include <cerrno>

namespace peregrine::doctor {
namespace {

using doctor_plan = made_up;

TEST_F(doctor_plan, what_fits_fits) {
  const auto found = make_plan({.connections = 10'000}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_EQ(found.possible, 10'000U);
  EXPECT_EQ(found.ceiling, 19'968U);
  EXPECT_EQ(found.first_stop(), nullptr);
  EXPECT_EQ(found.other_ways(), "");
  EXPECT_EQ(found.describe(),
            "As it stands this machine holds 19,968 connections; open files are what stops the next. 10,000 fit.");
}

TEST_F(doctor_plan, what_does_not_fit_is_told_with_all_ways_out) {
  const auto found = make_plan({.connections = 100'000, .source_addresses = 64}, here_);
  EXPECT_EQ(found.possible, 19'968U);
  ASSERT_NE(found.first_stop(), nullptr);
  EXPECT_EQ(found.first_stop()->name, "open files");
  EXPECT_EQ(found.describe(),
            "As it stands this machine holds 19,968 connections; open files are what stops the next. 100,000 do not "
            "fit.\n"
            "open files: have 20,000, need 100,032; lift it with: ulimit -n 100032\n"
            "Or over HTTP/2, with 128 WebSockets on each TCP connection: that way it holds 2,555,904 (peregrine doctor "
            "--connections 100000 --protocol http2).\n"
            "Or with 6 server processes, each with 20,000 open files of its own (peregrine serve --workers auto "
            "--capacity 100000).");
}

TEST_F(doctor_plan, without_a_number_the_ceiling_is_told) {
  const auto found = make_plan({.client = false}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_EQ(found.ceiling, 19'968U);
  EXPECT_EQ(found.possible, 19'968U);
  EXPECT_EQ(found.verdict(), "As it stands this machine holds 19,968 connections; open files are what stops the next.");
  EXPECT_EQ(named(found, "open files").need, "");
  for (const auto& each : found.limits) EXPECT_TRUE(each.enough) << each.name;
}

TEST_F(doctor_plan, the_lowest_of_several_limits_counts) {
  write("/proc/meminfo", "MemAvailable: 20000 kB");
  const auto found = make_plan({.connections = 100'000, .client = false}, here_);
  ASSERT_NE(found.first_stop(), nullptr);
  EXPECT_EQ(found.first_stop()->name, "memory");
  EXPECT_LT(found.ceiling, 19'968U);
  EXPECT_NE(found.verdict().find("memory is what stops the next"), std::string::npos) << found.verdict();
}

TEST_F(doctor_plan, http2_carries_128_on_each_connection) {
  const auto found = make_plan({.connections = 1'000'000, .source_addresses = 1, .carried = protocol::http2}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_EQ(named(found, "open files").need, "7,845");  // 7,813 and its own 32
  EXPECT_EQ(named(found, "open files").allows, 19'968U * 128);
  EXPECT_EQ(named(found, "local ports").allows, 28'232U * 128);
  EXPECT_EQ(found.over_http2, 0U);
}

TEST_F(doctor_plan, what_the_system_hides_is_not_counted) {
  std::filesystem::remove_all(root_ + "/proc");
  here_.processors = nullptr;
  const auto found = make_plan({.connections = 50'000}, here_);
  EXPECT_EQ(found.limits.size(), 1U);
  EXPECT_EQ(found.possible, 19'968U);
}

TEST_F(doctor_plan, a_machine_without_any_limit_says_so) {
  std::filesystem::remove_all(root_ + "/proc");
  files_ = {~std::uint64_t{0}, ~std::uint64_t{0}};
  const auto found = make_plan({.client = false}, here_);
  EXPECT_EQ(found.lowest(), nullptr);
  EXPECT_EQ(found.verdict(), "No limit was found that stops anything on this machine.");
}

TEST_F(doctor_plan, processes_needed) {
  EXPECT_EQ(processes_for(0, here_), 1U);
  EXPECT_EQ(processes_for(19'968, here_), 1U);
  EXPECT_EQ(processes_for(19'969, here_), 2U);
  EXPECT_EQ(processes_for(1'000'000, here_), 51U);
  // Of a server's the fullest counts, for they do not share evenly.
  EXPECT_EQ(server_processes_for(19'968, here_), 1U);
  EXPECT_EQ(server_processes_for(19'969, here_), 2U);
  EXPECT_EQ(server_processes_for(39'900, here_), 3U);
  EXPECT_EQ(server_processes_for(1'000'000, here_), 52U);
}

TEST_F(doctor_plan, as_many_processes_as_it_takes_have_room_for_all) {
  const auto found =
      make_plan({.connections = 1'000'000, .server_processes = 0, .client_processes = 0, .source_addresses = 0}, here_);
  EXPECT_TRUE(found.fits());
  EXPECT_EQ(found.server_processes, 52U);
  EXPECT_EQ(found.client_processes, 51U);
  EXPECT_EQ(named(found, "open files").need, "19,957");  // 19,231 and a little more for the fullest, and its own 32
  EXPECT_TRUE(named(found, "open files").enough);
  files_ = {16, 16};
  EXPECT_EQ(make_plan({.connections = 1, .server_processes = 0, .client_processes = 0}, here_).possible, 0U);
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
