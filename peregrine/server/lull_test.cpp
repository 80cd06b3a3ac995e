#include "peregrine/server/lull.hpp"

#include "peregrine/runtime/reactor.hpp"

#include <gtest/gtest.h>

namespace peregrine::server {
namespace {

TEST(a_lull, lasts_from_the_last_that_happened) {
  reactor loop;
  hub rooms;
  acceptor door({}, [](connection&) -> task<void> { co_return; });
  lull quiet(door, rooms);
  EXPECT_EQ(quiet.seconds(), 0U) << "nobody knows what was before";
  EXPECT_EQ(quiet.seconds(), 1U);
  EXPECT_EQ(quiet.seconds(), 2U);
  door.counts.opened = door.counts.live = 3;
  EXPECT_EQ(quiet.seconds(), 0U);
  EXPECT_EQ(quiet.seconds(), 1U);
  door.counts.live = 2;
  EXPECT_EQ(quiet.seconds(), 0U) << "who goes is no lull either";
  ++door.counts.messages_in;
  EXPECT_EQ(quiet.seconds(), 0U);
  EXPECT_EQ(quiet.seconds(), 1U);
  door.counts.live = 0;  // the acceptor ends with nobody there
}

}  // namespace
}  // namespace peregrine::server
