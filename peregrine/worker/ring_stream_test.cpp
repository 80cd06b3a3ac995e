#include "peregrine/worker/ring_stream.hpp"

#include "peregrine/net/recorder_test.hpp"
#include "peregrine/net/turn_until_test.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

namespace peregrine::worker {
namespace {

// So many bytes, of which each tells where it belongs.
std::string text_of(std::size_t size, std::size_t from = 0) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(((from + i) * 2654435761U) >> 24U);
  return text;
}

// Both ends in this process, as two processes have them.
class ring_pair : public testing::Test {
 protected:
  void SetUp() override {
    auto made = ring_stream::make_pair();
    ASSERT_TRUE(made) << made.error().message;
    left_files_ = made->first;
    right_files_ = made->second;
    right_files_.memory = dup(right_files_.memory);  // which another process would have of its own
  }
  ~ring_pair() override {
    left_.close();
    right_.close();
    loop_.run_turn(false);
  }

  static ring_stream& take(recorder& by, ring_stream::files ours, ring_stream::side which) {
    auto opened = ring_stream::open(ours, which);
    EXPECT_TRUE(opened) << opened.error().message;
    by.take(*opened);
    return **opened;
  }
  void take_left() { take(left_, left_files_, ring_stream::side::left).start(); }
  void take_right() { take(right_, right_files_, ring_stream::side::right).start(); }

  template <class Done>
  void turn_until(const Done& done) {
    peregrine::turn_until(loop_, done);
  }
  void settle() {
    while (loop_.run_turn(false)) {
    }
  }

  reactor loop_;
  ring_stream::files left_files_;
  ring_stream::files right_files_;
  recorder left_;
  recorder right_;
};

TEST_F(ring_pair, carries_both_ways) {
  take_left();
  take_right();
  left_.say("there");
  right_.say("back");
  turn_until([&] { return right_.received == "there" && left_.received == "back"; });
  left_.say(", and more");
  turn_until([&] { return right_.received == "there, and more"; });
  EXPECT_TRUE(left_.unsent.empty());
}

TEST_F(ring_pair, keeps_what_was_written_before_the_other_end_is_there) {
  take_left();
  left_.say("early");
  settle();
  take_right();
  turn_until([&] { return right_.received == "early"; });
}

// Pieces that end anywhere, so that all edges of the ring are met.
TEST_F(ring_pair, keeps_order_around_the_ring) {
  take_left();
  take_right();
  std::string said;
  std::size_t size = 1;
  while (said.size() < 5 * ring_stream::capacity) {
    const auto next = text_of(size, said.size());
    left_.say(next);
    said += next;
    size = (size * 31 + 7) % 70'001;
    if (size % 3 == 0) settle();  // otherwise the ring is not empty, and does not begin anew
  }
  turn_until([&] { return right_.received.size() >= said.size(); });
  EXPECT_TRUE(right_.received == said);
}

TEST_F(ring_pair, takes_no_more_than_it_holds_and_says_when_there_is_room) {
  take_left();
  const auto said = text_of(3 * ring_stream::capacity);
  left_.say(said);
  EXPECT_EQ(left_.unsent.size(), said.size() - ring_stream::capacity);
  settle();
  EXPECT_EQ(left_.writables, 0) << "nobody has read anything";
  take_right();
  turn_until([&] { return right_.received.size() >= said.size(); });
  EXPECT_TRUE(right_.received == said);
  EXPECT_GT(left_.writables, 0);
}

TEST_F(ring_pair, gives_others_their_turn_while_more_comes) {
  take_left();
  take_right();
  right_.on_piece = [&] { left_.say(text_of(ring_stream::capacity / 4)); };  // as fast as it is read
  left_.say("begin");
  loop_.run_turn();
  loop_.run_turn();
  EXPECT_LE(right_.received.size(), 4 * ring_stream::capacity);
  right_.on_piece = [] {};
}

TEST_F(ring_pair, reads_nothing_while_paused) {
  take_left();
  take_right();
  settle();
  right_.carried().pause();
  left_.say("wait");
  settle();
  EXPECT_EQ(right_.received, "");
  right_.carried().resume();
  EXPECT_EQ(right_.received, "wait");
}

TEST_F(ring_pair, is_read_to_its_end_when_the_other_is_gone) {
  take_left();
  take_right();
  settle();
  const auto said = text_of(ring_stream::capacity);
  left_.say(said);
  left_.close();
  turn_until([&] { return !right_.ends.empty(); });
  EXPECT_TRUE(right_.received == said);
  EXPECT_EQ(right_.ends, std::vector{0});
  right_.say("into nothing");
  settle();
}

TEST_F(ring_pair, may_be_closed_while_it_is_read) {
  take_left();
  take_right();
  settle();
  right_.on_piece = [&] { right_.close(); };
  left_.say(text_of(2 * ring_stream::capacity));
  turn_until([&] { return !left_.ends.empty(); });
  EXPECT_EQ(right_.pieces.size(), 1U);
}

TEST_F(ring_pair, may_be_closed_while_it_waits_for_its_turn) {
  take_left();
  left_.say("never heard");
  take_right();
  right_.close();
  turn_until([&] { return !left_.ends.empty(); });
  EXPECT_EQ(right_.received, "");
}

TEST_F(ring_pair, is_not_opened_on_memory_of_another_form) {
  ASSERT_EQ(ftruncate(left_files_.memory, 4096), 0);
  const auto opened = ring_stream::open(left_files_, ring_stream::side::left);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("another form of the bus"), std::string::npos) << opened.error().message;
  ::close(right_files_.socket);
  ::close(right_files_.memory);
}

TEST_F(ring_pair, ends_where_the_other_has_gone_astray) {
  const std::uint64_t nonsense = 1'000'000'000'000;  // that many bytes written, where the position of the writer is
  ASSERT_EQ(pwrite(right_files_.memory, &nonsense, sizeof nonsense, 0), static_cast<ssize_t>(sizeof nonsense));
  take_right();
  turn_until([&] { return !right_.ends.empty(); });
  EXPECT_EQ(right_.ends, std::vector{EPROTO});
  EXPECT_EQ(right_.received, "");
  ::close(left_files_.socket);
  ::close(left_files_.memory);
}

// ---- two processes ----

// What it hears it says again, until the other is gone.
class echoing final : public stream::owner {
 public:
  explicit echoing(ring_stream& carried) : stream_(carried) { carried.attach(*this); }

 private:
  void on_bytes(mutable_bytes lent) override {
    waiting_ += as_text(lent);
    on_writable();
  }
  void on_writable() override {
    const bytes all = as_bytes(waiting_);
    waiting_.erase(0, stream_.write({&all, 1}));
  }
  void on_end(int) override { reactor::current().stop(); }

  ring_stream& stream_;
  std::string waiting_;
};

// Each runs when the system lets it: both fall asleep and are woken, are full and find room, at any point of the code.
TEST(two_processes, lose_no_byte_and_no_wake) {
  const auto made = ring_stream::make_pair();
  ASSERT_TRUE(made) << made.error().message;
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(made->first.socket);
    reactor loop;
    auto opened = ring_stream::open(made->second, ring_stream::side::right);
    if (!opened) _exit(1);
    const echoing all(**opened);
    (*opened)->start();
    loop.run();
    _exit(0);
  }
  ::close(made->second.socket);
  reactor loop;
  recorder ours;
  {
    auto opened = ring_stream::open(made->first, ring_stream::side::left);
    ASSERT_TRUE(opened) << opened.error().message;
    ours.take(*opened);
    (*opened)->start();
  }
  constexpr std::size_t all = 24 * ring_stream::capacity;
  std::size_t said = 0, heard = 0, size = 1;
  bool is_right = true;
  while (heard < all) {
    // Now and then no more than one piece is on its way, and both sleep in between.
    const bool is_alone = (said / ring_stream::capacity) % 2 == 0;
    if (said < all && ours.unsent.size() < ring_stream::capacity && (!is_alone || said == heard)) {
      size = std::min((size * 31 + 7) % 20'011, all - said);
      ours.say(text_of(size, said));
      said += size;
    }
    loop.run_turn(said == all || !ours.unsent.empty() || is_alone);
    is_right = is_right && ours.received == text_of(ours.received.size(), heard);
    heard += ours.received.size();
    ours.received.clear();
  }
  EXPECT_TRUE(is_right);
  EXPECT_EQ(heard, all);
  ours.close();
  loop.run_turn(false);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace peregrine::worker
