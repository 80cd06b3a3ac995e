#include "peregrine/base/progress.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace peregrine {
namespace {

using namespace std::chrono_literals;

constexpr progress::time_point start{};

// A file in memory; what a bar drew on it.
class canvas {
 public:
  canvas() : file_(open_memstream(&text_, &size_)) {}
  ~canvas() {
    std::fclose(file_);
    std::free(text_);
  }
  canvas(const canvas&) = delete;
  canvas& operator=(const canvas&) = delete;

  std::FILE* file() { return file_; }
  std::string drawn() {
    std::fflush(file_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

TEST(progress_bar, tells_rate_count_and_what_is_left) {
  EXPECT_EQ(draw_progress("connections", 40, 100, 2s, 64),
            "20.0 connections/s [===========                 ] 40/100 (2s/3s)");
}

TEST(progress_bar, knows_no_end_before_the_start) {
  const auto bar = draw_progress("connections", 0, 100, 0s, 70);
  EXPECT_NE(bar.find("0/100 (0s/?)"), std::string::npos) << bar;
  EXPECT_EQ(bar.find('='), std::string::npos) << bar;
}

TEST(progress_bar, is_full_at_the_end_and_beyond) {
  for (const std::uint64_t done : {100U, 120U}) {
    const auto bar = draw_progress("x", done, 100, 1s, 60);
    EXPECT_EQ(bar.size(), 60U);
    EXPECT_NE(bar.find("=]"), std::string::npos) << bar;
  }
}

TEST(progress_bar, leaves_the_bar_out_where_there_is_no_room) {
  EXPECT_EQ(draw_progress("connections", 1, 2, 1s, 20), "1.0 connections/s 1/2 (1s/1s)");
}

TEST(progress, is_redrawn_ten_times_a_second) {
  canvas page;
  progress bar("x", 100, start, page.file(), true);
  bar.update(1, start + 1ms);
  bar.update(2, start + 50ms);
  bar.update(3, start + 100ms);
  bar.update(4, start + 101ms);
  const auto drawn = page.drawn();
  EXPECT_NE(drawn.find(" 4/100 "), std::string::npos) << drawn;
  EXPECT_EQ(drawn.find(" 2/100 "), std::string::npos) << drawn;
  EXPECT_EQ(drawn.find(" 3/100 "), std::string::npos) << drawn;
}

TEST(progress, is_cleared_at_the_end) {
  canvas page;
  {
    progress bar("x", 100, start, page.file(), true);
    bar.update(1, start + 1ms);
  }
  EXPECT_TRUE(page.drawn().ends_with("\r\x1b[K"));
}

TEST(progress, draws_nothing_after_the_end) {
  canvas page;
  progress bar("x", 100, start, page.file(), true);
  bar.update(1, start + 1ms);
  bar.finish();
  const auto drawn = page.drawn();
  bar.update(50, start + 10s);
  EXPECT_EQ(page.drawn(), drawn);
}

TEST(progress, draws_nothing_without_a_terminal) {
  canvas page;
  progress bar("x", 100, start, page.file(), false);
  bar.update(50, start + 1s);
  bar.finish();
  EXPECT_EQ(page.drawn(), "");
}

TEST(progress, makes_way_for_a_line_of_the_log) {
  canvas page;
  progress bar("x", 100, start, page.file(), true);
  bar.update(1, start + 1ms);
  const auto before = page.drawn();
  testing::internal::CaptureStderr();
  log::info("a", "said");
  testing::internal::GetCapturedStderr();
  const auto after = page.drawn().substr(before.size());
  EXPECT_EQ(after, "\r\x1b[K" + before);
}

}  // namespace
}  // namespace peregrine
