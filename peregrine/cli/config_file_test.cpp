#include "peregrine/cli/config_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace peregrine::cli {
namespace {

class cli_config_file : public testing::Test {
 protected:
  ~cli_config_file() override { std::filesystem::remove(path_); }

  std::vector<config_entry> read(std::string_view text) {
    std::ofstream(path_) << text;
    auto entries = read_config(path_);
    EXPECT_TRUE(entries);
    return entries ? *entries : std::vector<config_entry>{};
  }

  std::string path_ = [] {
    std::string name = std::filesystem::temp_directory_path() / "config.XXXXXX";
    close(mkstemp(name.data()));
    return name;
  }();
};

using words = std::vector<std::string>;

TEST_F(cli_config_file, keys_stand_at_the_top_or_in_sections) {
  const auto entries = read("drain = 10s\n\n[serve]\nmax-head = \"16KiB\"\n[swarm]\nrate=5000/s\n");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].section, "");
  EXPECT_EQ(entries[0].key, "drain");
  EXPECT_EQ(entries[0].values, words{"10s"});
  EXPECT_EQ(entries[1].section, "serve");
  EXPECT_EQ(entries[1].values, words{"16KiB"});
  EXPECT_EQ(entries[2].section, "swarm");
}

TEST_F(cli_config_file, comments_end_a_line_but_not_a_quoted_value) {
  const auto entries = read("# all of it\nkey = \"a#b\" # and the rest\nother = 'c # d'\n");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].values, words{"a#b"});
  EXPECT_EQ(entries[1].values, words{"c # d"});
}

TEST_F(cli_config_file, an_empty_file_is_fine) {
  EXPECT_TRUE(read("").empty());
}

TEST_F(cli_config_file, what_is_written_is_read_back) {
  const words values{"plain", "a b", "a,b", "a#b", "a=b", "say \"hi\"", "it's", "http://[::1]:8080"};
  const auto list = read(config_line("key", values, true) + "\n");
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].values, values);
  for (const auto& value : values) {
    const auto one = read(config_line("key", {value}, false) + "\n");
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].values, words{value}) << config_line("key", {value}, false);
  }
}

TEST(cli_config_path, a_missing_file_is_told) {
  const auto entries = read_config("/nowhere/peregrine.toml");
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().message, "/nowhere/peregrine.toml cannot be read: there is no such file");
}

TEST(cli_config_path, a_directory_is_no_file) {
  EXPECT_FALSE(read_config("/"));
}

}  // namespace
}  // namespace peregrine::cli
