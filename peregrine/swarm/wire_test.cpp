#include "peregrine/swarm/wire.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

template <class Tally>
Tally through_the_wire(const Tally& sent) {
  auto [here, there] = channel::make_pair();
  EXPECT_TRUE(here.send(packet("tally", sent)));
  const auto received = there.receive();
  EXPECT_EQ(received.what, channel::state::said);
  EXPECT_EQ(received.said.at("kind"), "tally");
  return received.said.template get<Tally>();
}

TEST(channel, tells_silence_from_the_end) {
  auto [here, there] = channel::make_pair();
  EXPECT_EQ(there.receive().what, channel::state::nothing_yet);
  ASSERT_TRUE(here.send(packet("one")));
  ASSERT_TRUE(here.send(packet("two")));
  { const auto gone = std::move(here); }
  EXPECT_EQ(there.receive().said.at("kind"), "one");
  EXPECT_EQ(there.receive().said.at("kind"), "two");
  EXPECT_EQ(there.receive().what, channel::state::ended);
  EXPECT_FALSE(there.send(packet("three")));
}

TEST(wire, an_opening_arrives_whole_and_adds_up) {
  opening_tally sent;
  sent.opened = 3;
  sent.failed["refused"] = {2, "nobody listens"};
  sent.handshake.record(10);
  sent.handshake.record(3000);
  sent.began = 100, sent.ended = 200, sent.cpu = 50, sent.user_bytes = 1024, sent.is_saturated = true;

  opening_tally sum;
  sum.failed["refused"] = {1, "as before"};
  sum.failed["timeout"] = {4, "no answer"};
  sum.began = 150, sum.ended = 160;
  sum.merge(through_the_wire(sent));
  EXPECT_EQ(sum.opened, 3U);
  EXPECT_EQ(sum.failures(), 7U);
  EXPECT_EQ(sum.failed["refused"].count, 3U);
  EXPECT_EQ(sum.failed["refused"].explanation, "as before");
  EXPECT_EQ(sum.handshake.count(), 2U);
  EXPECT_EQ(sum.handshake.max(), 3000U);
  EXPECT_EQ(sum.began, 100U);
  EXPECT_EQ(sum.ended, 200U);
  EXPECT_EQ(sum.cpu, 50U);
  EXPECT_EQ(sum.user_bytes, 1024U);
  EXPECT_TRUE(sum.is_saturated);
}

TEST(wire, a_process_that_never_began_does_not_count_as_the_first) {
  opening_tally sum;
  sum.began = 100;
  sum.merge(opening_tally{});
  EXPECT_EQ(sum.began, 100U);
}

TEST(wire, what_was_heard_echoed_and_lost) {
  hearing_tally heard;
  heard.delivered = 9, heard.duplicates = 1, heard.last = 77;
  heard.latency.record(5, 9);
  heard.merge(through_the_wire(heard));
  EXPECT_EQ(heard.delivered, 18U);
  EXPECT_EQ(heard.duplicates, 2U);
  EXPECT_EQ(heard.last, 77U);
  EXPECT_EQ(heard.latency.count(), 18U);

  echo_tally echoed;
  echoed.sent = 5, echoed.received = 4, echoed.began = 10, echoed.ended = 20;
  echoed.latency.record(8, 4);
  echoed.merge(through_the_wire(echoed));
  EXPECT_EQ(echoed.sent, 10U);
  EXPECT_EQ(echoed.received, 8U);
  EXPECT_EQ(echoed.latency.percentile(0.5), 8U);

  closing_tally closed;
  closed.lost["1006"] = 2, closed.cpu = 3;
  closed.merge(through_the_wire(closed));
  EXPECT_EQ(closed.losses(), 4U);
  EXPECT_EQ(closed.cpu, 6U);
}

}  // namespace
}  // namespace peregrine::swarm
