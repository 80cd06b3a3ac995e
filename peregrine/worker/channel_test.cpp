#include "peregrine/worker/channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

namespace peregrine::worker {
namespace {

TEST(a_channel, carries_words_one_by_one) {
  auto [one, other] = std::move(*channel::make_pair());
  EXPECT_EQ(other.receive().what, channel::state::nothing_yet);
  EXPECT_TRUE(one.send("ready"));
  EXPECT_TRUE(one.send("line 3"));
  EXPECT_EQ(other.receive().said, "ready");
  EXPECT_EQ(other.receive(true).said, "line 3");
  EXPECT_EQ(other.receive().what, channel::state::nothing_yet);
}

TEST(a_channel, carries_open_files) {
  auto [one, other] = std::move(*channel::make_pair());
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  EXPECT_TRUE(one.send("start", ends));
  for (const int each : ends) close(each);
  const auto got = other.receive();
  EXPECT_EQ(got.said, "start");
  ASSERT_EQ(got.files.size(), 2U);
  EXPECT_EQ(fcntl(got.files[0], F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(write(got.files[1], "x", 1), 1);
  char read_back = 0;
  EXPECT_EQ(read(got.files[0], &read_back, 1), 1);
  EXPECT_EQ(read_back, 'x');
  for (const int each : got.files) close(each);
}

TEST(a_channel, carries_no_more_files_than_the_kernel_does) {
  auto [one, other] = std::move(*channel::make_pair());
  EXPECT_TRUE(one.send("many", std::vector<int>(channel::most_files, one.descriptor())));
  const auto got = other.receive();
  EXPECT_EQ(got.files.size(), channel::most_files);
  for (const int each : got.files) close(each);
  EXPECT_FALSE(one.send("too many", std::vector<int>(channel::most_files + 1, one.descriptor())));
  EXPECT_EQ(other.receive().what, channel::state::nothing_yet);
}

TEST(a_channel, tells_that_the_other_end_is_gone) {
  auto [one, other] = std::move(*channel::make_pair());
  {
    const auto gone = std::move(one);
    EXPECT_TRUE(gone.send("last words"));
  }
  EXPECT_EQ(other.receive().said, "last words");
  EXPECT_EQ(other.receive().what, channel::state::ended);
  EXPECT_FALSE(other.send("hello?"));
}

}  // namespace
}  // namespace peregrine::worker
