// What a connection does of a peer that is silent, or reads nothing, as time goes on.
#include "peregrine/connection/live_test.hpp"

#include <gtest/gtest.h>

namespace peregrine {
namespace {

using websocket::opcode;
using keeping_alive = live;

TEST_F(keeping_alive, a_silent_peer_is_pinged_and_then_given_up) {
  serve_listener();
  loop_.advance(24s);
  EXPECT_TRUE(far_->heard.empty());
  loop_.advance(6s);
  EXPECT_EQ(far_->take_heard(), words{"ping "});
  loop_.advance(40s);
  EXPECT_EQ(far_->end, 0);
  EXPECT_TRUE(notes_.has_ended);
  EXPECT_EQ(home_.counts.idle, 1U);
  EXPECT_EQ(home_.counts.closed[1006], 1U);
}

TEST_F(keeping_alive, who_answers_stays) {
  serve_listener();
  int pings = 0;
  for (int i = 0; i < 300; ++i) {
    loop_.advance(1s);
    for (const auto& each : far_->take_heard()) {
      EXPECT_EQ(each, "ping ");
      ++pings;
      far_->frame(opcode::pong, "");
    }
  }
  EXPECT_TRUE(notes_.peer->is_open());
  EXPECT_GE(pings, 9);
  EXPECT_LE(pings, 12);
}

TEST_F(keeping_alive, who_reads_nothing_is_given_up_whatever_it_says) {
  auto& peer = serve_listener();
  near_->set_faults({.capacity = 1'000});
  far_->carried().pause();
  peer.post(shared_frame(message::text(std::string(10'000, 'm'))));
  for (int i = 0; i < 30; ++i) {
    if (i < 11) {
      EXPECT_FALSE(notes_.has_ended) << i;
    }
    far_->frame(opcode::ping, "");
    loop_.advance(5s);
  }
  EXPECT_TRUE(notes_.has_ended);
  EXPECT_EQ(home_.counts.idle, 1U);
}

TEST_F(keeping_alive, who_reads_nothing_is_given_up_though_its_handler_is_busy) {
  auto& peer = serve([this](connection& held) { return ponder(held, notes_, 200s); });
  near_->set_faults({.capacity = 1'000});
  far_->carried().pause();
  peer.post(shared_frame(message::text(std::string(10'000, 'm'))));
  far_->text("one");
  loop_.settle();
  far_->text("two");
  loop_.advance(150s);
  EXPECT_FALSE(peer.is_open());
  EXPECT_EQ(home_.counts.idle, 1U);
  loop_.advance(300s);
  EXPECT_TRUE(notes_.has_ended);
}

TEST_F(keeping_alive, who_reads_slowly_stays) {
  auto& peer = serve_listener();
  near_->set_faults({.piece = 100, .capacity = 1'000});
  far_->carried().pause();
  peer.post(shared_frame(message::text(std::string(10'000, 'm'))));
  for (int i = 0; i < 15; ++i) {
    far_->frame(opcode::ping, "");
    loop_.advance(20s);
    far_->carried().resume();
    loop_->run_turn(false);
    far_->carried().pause();
    loop_.settle();
  }
  EXPECT_TRUE(peer.is_open());
  EXPECT_TRUE(far_->heard.empty());
  far_->carried().resume();
  loop_.settle();
  EXPECT_FALSE(far_->heard.empty());
  EXPECT_EQ(home_.counts.idle, 0U);
}

TEST_F(keeping_alive, who_spoke_lately_is_not_pinged) {
  serve_listener();
  for (int i = 0; i < 20; ++i) {
    loop_.advance(20s);
    far_->text("here");
    loop_.settle();
  }
  EXPECT_TRUE(far_->heard.empty());
  EXPECT_EQ(notes_.heard.size(), 20U);
}

TEST_F(keeping_alive, without_pings_silence_alone_counts_and_without_either_nothing_does) {
  home_.options.ping_interval = 0s;
  serve_listener();
  loop_.advance(55s);
  EXPECT_FALSE(notes_.has_ended);
  loop_.advance(15s);
  EXPECT_TRUE(notes_.has_ended);
  EXPECT_TRUE(far_->heard.empty());

  home_.options.idle_timeout = 0s;
  notes_.has_ended = false;
  serve_listener();
  loop_.advance(200s);
  EXPECT_FALSE(notes_.has_ended);
  EXPECT_TRUE(far_->heard.empty());
}

TEST_F(keeping_alive, silence_is_not_the_peers_while_nobody_reads_from_it) {
  home_.options.ping_interval = 0s;
  serve([this](connection& peer) { return ponder(peer, notes_, 100s); });
  far_->text("one");
  far_->text("two");
  loop_.settle();
  far_->text("three");
  const auto turns = loop_->turns();
  loop_.advance(150s);
  EXPECT_EQ(notes_.heard.size(), 2U);
  EXPECT_TRUE(notes_.peer->is_open());
  EXPECT_LT(loop_->turns() - turns, 2 * 1'500U) << "its timer spins";
  loop_.advance(200s);
  EXPECT_EQ(notes_.heard.size(), 3U);
}

}  // namespace
}  // namespace peregrine
