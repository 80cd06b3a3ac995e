#include "peregrine/tls/localhost.hpp"

#include "peregrine/tls/certificate.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace peregrine::tls {
namespace {

constexpr std::time_t day = 24L * 60 * 60;

class localhost : public testing::Test {
 protected:
  ~localhost() override { std::filesystem::remove_all(root_); }

  static std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode_of(const std::filesystem::path& file) {
    struct stat found {};
    EXPECT_EQ(::stat(file.c_str(), &found), 0) << file;
    return found.st_mode & 0777U;
  }
  bool makes(std::time_t now) {
    const auto made = files_.ensure(now);
    EXPECT_TRUE(made) << made.error().message;
    const auto loaded = certificate::load(files_.certificate(), files_.key(), now);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return made && *made;
  }

  std::filesystem::path root_ = [] {
    std::string name = std::filesystem::temp_directory_path() / "localhost.XXXXXX";
    return std::filesystem::path(mkdtemp(name.data()));
  }();
  localhost_files files_{root_ / "state" / "peregrine"};
  std::time_t now_ = std::time(nullptr);
};

TEST_F(localhost, is_made_once_for_its_user_alone) {
  EXPECT_TRUE(makes(now_));
  EXPECT_EQ(mode_of(files_.folder), 0700U);
  EXPECT_EQ(mode_of(files_.key()), 0600U);
  const auto before = text_of(files_.certificate());
  EXPECT_FALSE(makes(now_));
  EXPECT_EQ(text_of(files_.certificate()), before);
  EXPECT_EQ(certificate::load(files_.certificate(), files_.key())->names(), "localhost, 127.0.0.1, ::1");
}

TEST_F(localhost, is_renewed_before_it_expires) {
  EXPECT_TRUE(makes(now_));
  EXPECT_FALSE(makes(now_ + 88 * day));
  EXPECT_TRUE(makes(now_ + 90 * day));
  EXPECT_FALSE(makes(now_ + 90 * day));
}

TEST_F(localhost, is_made_anew_when_it_was_damaged) {
  EXPECT_TRUE(makes(now_));
  std::ofstream(files_.key()) << "nonsense";
  EXPECT_TRUE(makes(now_));
  ::chmod(files_.folder.c_str(), 0755);
  EXPECT_FALSE(makes(now_));
  EXPECT_EQ(mode_of(files_.folder), 0700U);
}

TEST_F(localhost, needs_a_place) {
  std::ofstream(root_ / "file") << "in the way";
  const auto made = localhost_files{root_ / "file" / "peregrine"}.ensure(now_);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("XDG_STATE_HOME"), std::string::npos) << made.error().message;
}

TEST_F(localhost, is_where_the_user_keeps_state) {
  ::setenv("XDG_STATE_HOME", "/somewhere", 1);
  EXPECT_EQ(localhost_files::of_this_user()->folder, "/somewhere/peregrine");
  ::setenv("XDG_STATE_HOME", "relative", 1);
  ::setenv("HOME", "/home/ada", 1);
  EXPECT_EQ(localhost_files::of_this_user()->folder, "/home/ada/.local/state/peregrine");
  ::unsetenv("HOME");
  EXPECT_FALSE(localhost_files::of_this_user());
}

TEST_F(localhost, never_leaves_this_machine) {
  for (const auto* host : {"localhost", "LocalHost", "127.0.0.1", "127.3.2.1", "::1"})
    EXPECT_TRUE(is_localhost(host)) << host;
  for (const auto* host : {"example.org", "128.0.0.1", "127.0.0.1.example.org", "localhost.example.org", ""})
    EXPECT_FALSE(is_localhost(host)) << host;
}

}  // namespace
}  // namespace peregrine::tls
