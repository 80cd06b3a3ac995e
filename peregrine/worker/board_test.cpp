#include "peregrine/worker/board.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

namespace peregrine::worker {
namespace {

TEST(a_tally, reads_as_it_was_assigned_and_counts_what_has_no_room_together) {
  tally counted;
  const std::map<std::uint16_t, std::uint64_t> few{{1000, 5}, {1006, 2}};
  counted.assign(few);
  EXPECT_EQ(counted.read(), few);
  std::map<std::uint16_t, std::uint64_t> many;
  for (std::uint16_t code = 4000; code < 4030; ++code) many[code] = 1;
  counted.assign(many);
  const auto read = counted.read();
  std::uint64_t sum = 0;
  for (const auto& [code, count] : read) sum += count;
  EXPECT_EQ(sum, 30U);
  EXPECT_EQ(read.at(0), 9U) << "the two before keep their places";
  counted.assign({});
  EXPECT_TRUE(counted.read().empty());
}

TEST(a_tally, lets_no_count_fall_when_a_smaller_one_comes) {
  tally counted;
  std::map<std::uint16_t, std::uint64_t> many;
  for (std::uint16_t code = 4000; code < 4023; ++code) many[code] = 5;
  counted.assign(many);
  many[1000] = 3;
  counted.assign(many);
  auto read = counted.read();
  EXPECT_EQ(read.at(0), 3U);
  EXPECT_EQ(read.at(4022), 5U);
  EXPECT_FALSE(read.contains(1000));
}

TEST(a_board, is_the_same_for_who_adopts_it) {
  board ours(2);
  auto theirs = board::adopt(fcntl(ours.file(), F_DUPFD_CLOEXEC, 0));
  ASSERT_TRUE(theirs);
  EXPECT_EQ(theirs->size(), ours.size());
  theirs->at(1).live.store(7);
  EXPECT_EQ(ours.at(1).live.load(), 7U);
  EXPECT_FALSE(board::adopt(open("/dev/null", O_RDWR | O_CLOEXEC)));
}

TEST(a_board, of_another_form_is_not_taken_for_ours) {
  board theirs(2);
  theirs.past().process.fetch_add(1);
  const auto adopted = board::adopt(fcntl(theirs.file(), F_DUPFD_CLOEXEC, 0));
  ASSERT_FALSE(adopted);
  EXPECT_NE(adopted.error().message.find("restart the server as a whole"), std::string::npos);
}

TEST(a_board, gives_nobody_a_place_that_is_taken) {
  board all(1);
  std::vector<std::size_t> taken;
  while (const auto place = all.take_place(0)) {
    ASSERT_LT(taken.size(), all.size());
    taken.push_back(*place);
    EXPECT_EQ(all.free_places(), all.size() - taken.size());
  }
  EXPECT_EQ(taken.size(), all.size());
  all.clear_place(taken[1]);
  EXPECT_EQ(all.free_places(), 1U);
  EXPECT_EQ(all.take_place(0), taken[1]);
}

TEST(a_board, keeps_what_those_did_who_are_gone) {
  board all(2);
  const auto first = *all.take_place(0);
  const auto second = *all.take_place(1);
  EXPECT_NE(first, second);
  all.at(first).live.store(3);
  all.at(first).opened.store(10);
  all.at(first).closed.assign({{1000, 7}});
  all.at(first).live_by[2].store(3);
  all.at(first).opened_by[2].store(10);
  duration_counts took;
  took.record(2'000'000);
  all.at(first).handshakes.assign(took);
  EXPECT_EQ(all.living().size(), 2U);
  all.clear_place(first);
  EXPECT_EQ(all.living().size(), 1U);
  EXPECT_EQ(all.past().live.load(), 0U);
  EXPECT_EQ(all.past().opened.load(), 10U);
  EXPECT_EQ(all.past().opened_by[2].load(), 10U);
  EXPECT_EQ(all.past().live_by[2].load(), 0U);
  duration_counts kept;
  all.past().handshakes.add_to(kept);
  EXPECT_EQ(kept.counts, took.counts);
  EXPECT_EQ(kept.sum, took.sum);
  EXPECT_EQ(all.take_place(0), first);
  EXPECT_EQ(all.at(first).live_by[2].load(), 0U);
  EXPECT_EQ(all.at(first).opened.load(), 0U);
  all.at(first).opened.store(1);
  all.at(first).closed.assign({{1000, 1}, {1001, 1}});
  all.clear_place(first);
  EXPECT_EQ(all.past().opened.load(), 11U);
  EXPECT_EQ(all.at(first).process.load(), 0U);
  EXPECT_EQ(all.past().closed.read(), (std::map<std::uint16_t, std::uint64_t>{{1000, 8}, {1001, 1}}));
}

}  // namespace
}  // namespace peregrine::worker
