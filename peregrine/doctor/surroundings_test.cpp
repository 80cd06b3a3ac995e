#include "peregrine/doctor/surroundings.hpp"

#include "peregrine/doctor/made_up_test.hpp"

#include <cerrno>

namespace peregrine::doctor {
namespace {

class made_up_surroundings : public made_up {};

TEST_F(made_up_surroundings, files_and_folders_are_below_the_root) {
  write("/etc/some/b", "1\n2\n");
  write("/etc/some/a", "max\n");
  EXPECT_EQ(here_.names_in("/etc/some"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(here_.lines("/etc/some/b"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(here_.number_in("/etc/some/b"), 1U);
  EXPECT_EQ(here_.number_in("/etc/some/a"), std::nullopt);
  EXPECT_TRUE(here_.has("/etc/some"));
}

TEST_F(made_up_surroundings, what_is_not_there_is_nothing) {
  EXPECT_TRUE(here_.names_in("/nowhere").empty());
  EXPECT_TRUE(here_.lines("/nowhere").empty());
  EXPECT_EQ(here_.number_in("/nowhere"), std::nullopt);
  EXPECT_FALSE(here_.has("/nowhere"));
}

TEST_F(made_up_surroundings, a_setting_is_set) {
  EXPECT_EQ(here_.value_of("net.ipv4.tcp_mem"), "287901 383868 575802");
  EXPECT_EQ(here_.set({"net.ipv4.tcp_mem", "1 2 3"}), 0);
  EXPECT_EQ(here_.value_of("net.ipv4.tcp_mem"), "1 2 3");
  EXPECT_EQ(here_.set({"net.ipv4.nothing", "1"}), ENOENT);
}

TEST(local_surroundings, are_this_machine) {
  const auto& here = surroundings::local();
  EXPECT_GT(here.processors(), 0U);
  EXPECT_GT(here.open_files().hard, 0U);
  EXPECT_TRUE(here.has("/proc/self/status"));
  EXPECT_GT(here.number_in("/proc/sys/fs/nr_open").value_or(0), 0U);
}

}  // namespace
}  // namespace peregrine::doctor
