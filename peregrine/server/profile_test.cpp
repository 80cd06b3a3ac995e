#include "peregrine/server/profile.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace peregrine::server {
namespace {

class a_profile : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(place_);
    std::filesystem::permissions(place_, std::filesystem::perms::owner_all);
    setenv("STATE_DIRECTORY", place_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("STATE_DIRECTORY");
    std::filesystem::remove_all(place_);
  }

  const std::filesystem::path place_ = std::filesystem::path(testing::TempDir()) / "profile_test";
};

TEST_F(a_profile, is_written_to_the_folder_of_the_service_or_it_is_said_what_is_missing) {
  EXPECT_EQ(stop_profile(), "no profile is being taken; /profile start begins one");
  const auto begun = start_profile();
  if (begun.find("apt-get install") != std::string::npos) {
    EXPECT_EQ(stop_profile(), "no profile is being taken; /profile start begins one");
    return;
  }
  EXPECT_NE(begun.find(place_.string() + "/peregrine-"), std::string::npos) << begun;
  EXPECT_NE(start_profile().find("already"), std::string::npos);
  EXPECT_NE(stop_profile().find(place_.string()), std::string::npos);
  EXPECT_FALSE(std::filesystem::is_empty(place_));
}

TEST_F(a_profile, is_not_written_where_others_may_write) {
  const auto begun = start_profile();
  if (begun.find("apt-get install") != std::string::npos) GTEST_SKIP() << begun;
  stop_profile();
  std::filesystem::permissions(place_, std::filesystem::perms::all);
  EXPECT_NE(start_profile().find("nobody else may write"), std::string::npos);
}

}  // namespace
}  // namespace peregrine::server
