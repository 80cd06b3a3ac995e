#include "peregrine/chat/line_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace peregrine::chat {
namespace {

using words = std::vector<std::string>;

struct hearer final : line_reader::listener {
  void on_line(std::string_view line) override {
    lines.emplace_back(line);
    if (lines_wanted != 0 && lines.size() >= lines_wanted) reading->pause();
  }
  void on_end_of_input(int code) override {
    ended = true;
    end_code = code;
  }
  words lines;
  std::size_t lines_wanted = 0;
  line_reader* reading = nullptr;
  bool ended = false;
  int end_code = 0;
};

class from_a_pipe : public testing::Test {
 protected:
  from_a_pipe() {
    EXPECT_EQ(pipe(ends_), 0);
    told_.reading = &lines_.emplace(ends_[0], told_);
  }
  ~from_a_pipe() override {
    lines_.reset();
    close(ends_[0]);
    close_writer();
  }
  void write(std::string_view text) {
    ASSERT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close_writer() {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }
  void turn() {
    while (loop_.run_turn(false)) {
    }
  }

  reactor loop_;
  int ends_[2]{};
  hearer told_;
  std::optional<line_reader> lines_;
};

TEST_F(from_a_pipe, lines_come_whole_however_they_arrive) {
  ASSERT_TRUE(lines_->resume());
  write("one\ntw");
  turn();
  EXPECT_EQ(told_.lines, (words{"one"}));
  write("o\n\nthree");
  close_writer();
  turn();
  EXPECT_EQ(told_.lines, (words{"one", "two", "", "three"})) << "the last without an end of its own";
  EXPECT_TRUE(told_.ended);
  EXPECT_EQ(told_.end_code, 0);
}

TEST_F(from_a_pipe, nothing_is_read_while_it_is_paused) {
  write("one\n");
  turn();
  EXPECT_EQ(told_.lines, words{});
  ASSERT_TRUE(lines_->resume());
  turn();
  lines_->pause();
  write("two\n");
  turn();
  EXPECT_EQ(told_.lines, (words{"one"}));
  ASSERT_TRUE(lines_->resume());
  turn();
  EXPECT_EQ(told_.lines, (words{"one", "two"}));
}

TEST_F(from_a_pipe, a_line_without_end_comes_in_pieces) {
  ASSERT_TRUE(lines_->resume());
  const std::string piece(32'768, 'x');
  for (std::size_t sent = 0; sent <= line_reader::longest_line; sent += piece.size()) {
    write(piece);
    turn();
  }
  ASSERT_EQ(told_.lines.size(), 1U);
  EXPECT_EQ(told_.lines[0].size(), line_reader::longest_line);
}

TEST(from_a_file, is_read_through_although_it_cannot_be_watched) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + "\n";
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), file), text.size());
  std::rewind(file);

  reactor loop;
  hearer told;
  line_reader lines(fileno(file), told);
  told.reading = &lines;
  told.lines_wanted = 5'000;
  ASSERT_TRUE(lines.resume());
  while (loop.run_turn(false)) {
  }
  EXPECT_GE(told.lines.size(), 5'000U);
  EXPECT_LT(told.lines.size(), 20'000U) << "it stops where it is told to";
  told.lines_wanted = 0;
  ASSERT_TRUE(lines.resume());
  while (loop.run_turn(false)) {
  }
  ASSERT_EQ(told.lines.size(), 20'000U);
  EXPECT_EQ(told.lines.back(), "19999");
  EXPECT_TRUE(told.ended);
  std::fclose(file);
}

}  // namespace
}  // namespace peregrine::chat
