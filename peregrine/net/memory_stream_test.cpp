#include "peregrine/net/memory_stream.hpp"

#include "peregrine/net/recorder_test.hpp"
#include "peregrine/runtime/manual_poller.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>

namespace peregrine {
namespace {

class memory_pair : public testing::Test {
 protected:
  memory_pair() {
    one_.take(ends_.first);
    other_.take(ends_.second);
  }
  ~memory_pair() override {
    one_.close();
    other_.close();
    loop_.settle();
  }

  manual_reactor loop_;
  std::pair<memory_stream*, memory_stream*> ends_ = memory_stream::make_pair();
  recorder one_;
  recorder other_;
};

TEST_F(memory_pair, carries_bytes_both_ways_and_never_within_a_write) {
  const std::array<bytes, 3> pieces{as_bytes("one "), as_bytes(""), as_bytes("way")};
  EXPECT_EQ(ends_.first->write(pieces), 7U);
  other_.say("the other");
  EXPECT_EQ(other_.received, "");
  loop_.settle();
  EXPECT_EQ(other_.received, "one way");
  EXPECT_EQ(one_.received, "the other");
}

TEST_F(memory_pair, cuts_into_pieces) {
  ends_.first->set_faults({.piece = 3});
  one_.say("12345678");
  loop_.settle();
  EXPECT_EQ(other_.received, "12345678");
  EXPECT_EQ(other_.pieces, (std::vector<std::size_t>{3, 3, 2}));
}

TEST_F(memory_pair, stalls_when_the_way_is_full_and_goes_on_when_the_peer_reads) {
  ends_.first->set_faults({.capacity = 4});
  ends_.second->pause();
  one_.say("123456789");
  loop_.settle();
  EXPECT_EQ(one_.unsent, "56789");
  EXPECT_EQ(one_.writables, 0);
  ends_.second->resume();
  loop_.settle();
  EXPECT_EQ(other_.received, "123456789");
  EXPECT_EQ(one_.unsent, "");
  EXPECT_GT(one_.writables, 0);
}

TEST_F(memory_pair, an_owner_that_pauses_within_on_bytes_hears_nothing_more_until_it_resumes) {
  ends_.first->set_faults({.piece = 1});
  other_.on_piece = [this] { ends_.second->pause(); };
  one_.say("ab");
  ends_.first->finish();
  loop_.settle();
  EXPECT_EQ(other_.received, "a");
  ends_.second->resume();
  loop_.settle();
  EXPECT_EQ(other_.received, "ab");
  EXPECT_TRUE(other_.ends.empty());
  ends_.second->resume();
  loop_.settle();
  EXPECT_EQ(other_.ends, std::vector<int>{0});
}

TEST_F(memory_pair, finish_is_heard_after_what_was_written_and_ends_one_way_only) {
  one_.say("last words");
  ends_.first->finish();
  loop_.settle();
  EXPECT_EQ(other_.received, "last words");
  EXPECT_EQ(other_.ends, std::vector<int>{0});
  other_.say("an answer");
  loop_.settle();
  EXPECT_EQ(one_.received, "an answer");
  EXPECT_TRUE(one_.ends.empty());
}

TEST_F(memory_pair, close_is_heard_as_the_end_after_what_was_written) {
  one_.say("bye");
  one_.close();
  loop_.settle();
  EXPECT_EQ(other_.received, "bye");
  EXPECT_EQ(other_.ends, std::vector<int>{0});
  other_.say("to nobody");
  loop_.settle();
  EXPECT_EQ(other_.unsent, "");
  EXPECT_EQ(one_.received, "");
}

TEST_F(memory_pair, breaking_off_loses_what_is_under_way_and_both_hear_the_code_once) {
  one_.say("lost");
  ends_.first->break_off(ECONNRESET);
  other_.say("lost too");
  loop_.settle();
  EXPECT_EQ(one_.ends, std::vector<int>{ECONNRESET});
  EXPECT_EQ(other_.ends, std::vector<int>{ECONNRESET});
  EXPECT_EQ(one_.received + other_.received, "");
}

TEST_F(memory_pair, may_be_closed_by_its_owner_within_on_bytes_whoever_closed_first) {
  other_.on_piece = [this] { other_.close(); };
  ends_.first->set_faults({.piece = 2});
  one_.say("abcd");
  one_.close();
  loop_.settle();
  EXPECT_EQ(other_.received, "ab");
  EXPECT_TRUE(other_.ends.empty());
}

}  // namespace
}  // namespace peregrine
