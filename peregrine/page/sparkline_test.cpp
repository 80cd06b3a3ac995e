#include "peregrine/page/sparkline.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdlib>

namespace peregrine::page {
namespace {

TEST(sparkline, heights_follow_the_values) {
  EXPECT_EQ(sparkline({0, 1, 2, 3, 4, 5, 6, 7, 8}), " ▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline({100, 100, 100}), "███");
  EXPECT_EQ(sparkline({0, 0}), "  ");
  EXPECT_EQ(sparkline({}), "");
}

TEST(sparkline, what_is_there_is_seen) {
  EXPECT_EQ(sparkline({1, 1'000'000}), "▁█");
}

TEST(sparkline, many_values_share_a_character) {
  EXPECT_EQ(sparkline({1, 1, 3, 5, 8, 8}, 3), "▁▄█");
  EXPECT_EQ(sparkline({8, 8, 4, 4, 4}, 2), "█▄");
}

class terminal : public testing::Test {
 protected:
  void SetUp() override {
    const int leader = posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(leader, 0);
    leader_ = leader;
    ASSERT_EQ(grantpt(leader), 0);
    ASSERT_EQ(unlockpt(leader), 0);
    out_ = std::fopen(ptsname(leader), "w");
    ASSERT_NE(out_, nullptr);
    for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) unsetenv(name);
  }
  void TearDown() override {
    if (out_) std::fclose(out_);
    close(leader_);
  }

  int leader_ = -1;
  std::FILE* out_ = nullptr;
};

TEST_F(terminal, of_utf8_shows_them) {
  EXPECT_FALSE(shows_sparklines(out_));
  for (const auto* locale : {"en_US.UTF-8", "C.utf8", "de_AT.UTF-8@euro"}) {
    setenv("LANG", locale, 1);
    EXPECT_TRUE(shows_sparklines(out_)) << locale;
  }
}

TEST_F(terminal, of_another_does_not) {
  for (const auto* locale : {"C", "POSIX", "de_DE.ISO-8859-1"}) {
    setenv("LANG", locale, 1);
    EXPECT_FALSE(shows_sparklines(out_)) << locale;
  }
  setenv("LANG", "en_US.UTF-8", 1);
  setenv("LC_ALL", "C", 1);
  EXPECT_FALSE(shows_sparklines(out_)) << "LC_ALL counts before LANG";
}

TEST_F(terminal, is_what_it_takes) {
  setenv("LANG", "en_US.UTF-8", 1);
  std::FILE* file = std::tmpfile();
  EXPECT_FALSE(shows_sparklines(file));
  std::fclose(file);
}

}  // namespace
}  // namespace peregrine::page
