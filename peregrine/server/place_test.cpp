#include "peregrine/server/place.hpp"

#include <gtest/gtest.h>

namespace peregrine::server {
namespace {

options with(const std::string& admin, const std::string& token_file = {}) {
  options chosen;
  chosen.admin = admin;
  chosen.admin_token_file = token_file;
  return chosen;
}

TEST(admin_place, is_on_this_machine_unless_it_is_told_otherwise) {
  const auto usual = admin_place_of(options());
  ASSERT_TRUE(usual && *usual);
  EXPECT_EQ((*usual)->at.to_string(), "127.0.0.1:9180");
  EXPECT_TRUE((*usual)->is_optional);
  const auto chosen = admin_place_of(with("http://[::1]:0"));
  ASSERT_TRUE(chosen && *chosen);
  EXPECT_EQ((*chosen)->at.to_string(), "[::1]:0");
  EXPECT_FALSE((*chosen)->is_optional);
  const auto none = admin_place_of(with("off"));
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST(admin_place, for_others_than_this_machine_takes_a_token) {
  for (const auto* where : {"http://0.0.0.0:9180", "http://10.1.2.3:9180", "http://[::]:9180", "http://*:9180"}) {
    const auto refused = admin_place_of(with(where));
    ASSERT_FALSE(refused) << where;
    EXPECT_NE(refused.error().message.find("--admin-token-file"), std::string::npos);
    EXPECT_TRUE(admin_place_of(with(where, "token"))) << where;
  }
}

TEST(admin_place, says_what_is_wrong) {
  for (const auto* where : {"", "on", "9180", "http://127.0.0.1:9180/metrics"}) {
    const auto refused = admin_place_of(with(where));
    ASSERT_FALSE(refused) << where;
    EXPECT_NE(refused.error().message.find("http://127.0.0.1:9180"), std::string::npos) << refused.error().message;
  }
}

}  // namespace
}  // namespace peregrine::server
