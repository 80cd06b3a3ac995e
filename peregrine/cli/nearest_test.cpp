#include "peregrine/cli/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace peregrine::cli {
namespace {

TEST(cli_nearest, distance) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("serve", "serve"), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("serv", "serve"), 1U);
  EXPECT_EQ(edit_distance("sevre", "serve"), 1U);  // neighbours swapped
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(cli_nearest, finds_what_was_meant) {
  const std::vector<std::string> known{"--bind", "--max-message", "--max-head"};
  EXPECT_EQ(nearest("--bnid", known), "--bind");
  EXPECT_EQ(nearest("--max-mesage", known), "--max-message");
  EXPECT_EQ(nearest("--max-haed", known), "--max-head");
}

TEST(cli_nearest, says_nothing_where_nothing_is_near) {
  const std::vector<std::string> known{"serve", "chat"};
  EXPECT_EQ(nearest("xyzzy-plugh", known), std::nullopt);
  EXPECT_EQ(nearest("serve", std::vector<std::string>{}), std::nullopt);
}

}  // namespace
}  // namespace peregrine::cli
