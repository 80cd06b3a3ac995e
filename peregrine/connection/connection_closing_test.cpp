// How a connection ends, by either side, and what a peer that breaks the rules is told.
#include "peregrine/connection/live_test.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>

namespace peregrine {
namespace {

using websocket::close_code;
using websocket::opcode;
using closing = live;
using misbehaving = live;

task<> one_message(connection& peer, diary& notes) {
  const auto* said = co_await peer.receive();
  notes.heard.emplace_back(said ? said->text() : "nothing");
}

task<> one_message_and_a_nap(connection& peer, diary& notes) {
  const auto* said = co_await peer.receive();
  notes.heard.emplace_back(said ? said->text() : "nothing");
  co_await reactor::current().sleep(1s);
}

task<> throws(connection& peer, bool a_standard_one) {
  co_await peer.receive();
  if (a_standard_one) throw std::runtime_error("as the test wants it");
  throw 42;
}

// ---- closing ----

TEST_F(closing, the_peers_close_is_echoed_with_its_code_and_the_server_ends_the_transport) {
  serve_listener();
  far_->text("last");
  far_->close_with(static_cast<close_code>(4321), "enough");
  loop_.settle();
  EXPECT_EQ(far_->heard, words{"close 4321 "});
  EXPECT_EQ(far_->end, 0);
  EXPECT_EQ(notes_.heard, words{"text last"});
  EXPECT_TRUE(notes_.has_ended);
  EXPECT_EQ(home_.counts.closed[4321], 1U);
}

TEST_F(closing, a_close_without_a_code_is_echoed_without_one) {
  serve_listener();
  far_->frame(opcode::close, "");
  loop_.settle();
  EXPECT_EQ(far_->heard, words{"close 1005 "});
  EXPECT_EQ(home_.counts.closed[1005], 1U);
}

TEST_F(closing, the_echo_reaches_a_peer_that_ends_its_half_behind_its_close) {
  serve_listener();
  far_->close_with(close_code::normal);
  far_->carried().finish();
  loop_.settle();
  EXPECT_EQ(far_->heard, words{"close 1000 "});
  EXPECT_EQ(home_.counts.closed[1000], 1U);
}

TEST_F(closing, the_answer_reaches_a_peer_that_ends_its_half_behind_its_question) {
  serve([this](connection& peer) { return echo(peer, notes_); });
  far_->text("question");
  far_->carried().finish();
  loop_.settle();
  EXPECT_EQ(far_->heard, words{"text question"});
  EXPECT_EQ(home_.counts.closed[1006], 1U);
}

TEST_F(closing, ours_goes_after_what_is_queued_and_waits_for_the_peers) {
  auto& peer = serve_listener();
  peer.post(shared_frame(message::text("queued")));
  peer.close(close_code::going_away, "shutting down");
  peer.close(close_code::normal, "a second one changes nothing");
  loop_.settle();
  EXPECT_EQ(far_->heard, (words{"text queued", "close 1001 shutting down"}));
  EXPECT_FALSE(notes_.has_ended);
  far_->text("said before the close was read");
  far_->close_with(close_code::going_away);
  loop_.settle();
  EXPECT_TRUE(notes_.heard.empty());
  EXPECT_TRUE(notes_.has_ended);
  EXPECT_EQ(far_->end, 0);
  EXPECT_EQ(home_.counts.closed[1001], 1U);
}

TEST_F(closing, a_peer_that_never_answers_the_close_is_cut_off_at_the_deadline) {
  serve_listener().close();
  loop_.advance(4s);
  EXPECT_FALSE(notes_.has_ended);
  EXPECT_EQ(far_->end, -1);
  loop_.advance(3s);
  EXPECT_TRUE(notes_.has_ended);
  EXPECT_EQ(far_->end, 0);
  EXPECT_EQ(home_.counts.closed[1000], 1U);
}

TEST_F(closing, a_rule_broken_after_our_close_draws_no_second_close_frame) {
  serve_listener().close(close_code::going_away);
  loop_.settle();
  far_->frame(opcode::continuation, "of nothing");
  loop_.settle();
  EXPECT_EQ(far_->heard, words{"close 1001 "});
  loop_.advance(10s);
  EXPECT_EQ(home_.counts.closed[1001], 1U);
}

TEST_F(closing, a_handler_that_ends_closes_with_1000) {
  serve([this](connection& peer) { return one_message(peer, notes_); });
  far_->text("only this");
  far_->text("not this");
  loop_.settle();
  EXPECT_EQ(far_->heard, words{"close 1000 "});
  EXPECT_EQ(notes_.heard, words{"only this"});
}

TEST_F(closing, what_a_handler_left_unread_does_not_hide_the_peers_close) {
  serve([this](connection& peer) { return one_message_and_a_nap(peer, notes_); });
  far_->text("one");
  loop_.settle();
  far_->text("two");
  far_->close_with(close_code::normal);
  loop_.settle();
  EXPECT_EQ(far_->end, -1);
  loop_.advance(1200ms);
  EXPECT_EQ(far_->heard, words{"close 1000 "});
  EXPECT_EQ(far_->end, 0) << "the peer's close frame lay behind the unread message";
}

TEST_F(closing, a_handler_that_throws_closes_with_1011) {
  for (const bool a_standard_one : {true, false}) {
    testing::internal::CaptureStderr();
    serve([a_standard_one](connection& peer) { return throws(peer, a_standard_one); });
    far_->text("go");
    loop_.settle();
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_EQ(far_->heard, words{"close 1011 the server's handler failed"});
    EXPECT_NE(log.find("1011"), std::string::npos);
    far_->close_with(close_code::internal_error);
    loop_.settle();
  }
  EXPECT_EQ(home_.counts.closed[1011], 2U);
}

TEST_F(closing, a_peer_that_vanishes_ends_the_handler_with_1006) {
  for (const bool broken : {true, false}) {
    notes_.has_ended = false;
    serve_listener();
    if (broken) {
      near_->break_off(ECONNRESET);
    } else {
      far_->leave();
    }
    loop_.settle();
    EXPECT_TRUE(notes_.has_ended);
  }
  EXPECT_EQ(home_.counts.closed[1006], 2U);
}

// ---- bad peers ----

TEST_F(misbehaving, is_answered_with_a_close_frame_that_names_the_rule) {
  const std::string key(4, '\0');
  const auto masked = [&](const std::string& header, std::string_view payload) {
    return header + key + std::string(payload);
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {std::string("\x81\x01x", 3), "close 1002 "},                                  // not masked
      {masked("\xc1\x81", "x"), "close 1002 "},                                      // RSV1 without deflate
      {masked("\x83\x81", "x"), "close 1002 "},                                      // a reserved opcode
      {masked("\x80\x81", "x"), "close 1002 "},                                      // continuation of nothing
      {masked("\x09\x80", ""), "close 1002 "},                                       // a fragmented ping
      {masked(std::string("\x89\xfe\0\x7e", 4), ""), "close 1002 "},                 // a ping of 126 bytes
      {masked(std::string("\x81\xfe\0\x7d", 4), ""), "close 1002 "},                 // a length that is not minimal
      {masked("\x88\x81", "x"), "close 1002 "},                                      // half a close code
      {masked("\x88\x82", std::string_view("\x03\xed", 2)), "close 1002 "},          // 1005 on the wire
      {masked("\x81\x81", "\xff"), "close 1007 "},                                   // no UTF-8
      {masked(std::string("\x81\xff\0\0\0\0\0\x01\0\x01", 10), ""), "close 1009 "},  // 64 KiB and one byte
  };
  for (const auto& [raw, expected] : cases) {
    for (const std::size_t piece : {std::size_t{1}, raw.size()}) {
      notes_ = {};
      serve_listener();
      carried_->set_faults({.piece = piece});
      far_->text("before");
      far_->write(raw);
      far_->text("after");
      loop_.settle();
      EXPECT_EQ(notes_.heard, words{"text before"}) << expected;
      EXPECT_TRUE(notes_.has_ended) << expected;
      ASSERT_EQ(far_->heard.size(), 1U) << expected;
      EXPECT_TRUE(far_->heard[0].starts_with(expected)) << far_->heard[0];
      EXPECT_GT(far_->heard[0].size(), std::string_view(expected).size()) << "no reason";
      EXPECT_EQ(far_->end, 0);
      far_->leave();
      loop_.settle();
    }
  }
}

TEST_F(misbehaving, a_message_of_just_the_limit_passes) {
  serve_listener();
  far_->text(std::string(std::size_t{64} * 1024, 'm'));
  loop_.settle();
  ASSERT_EQ(notes_.heard.size(), 1U);
  EXPECT_EQ(notes_.heard[0].size(), 5U + 64 * 1024);
}

TEST_F(misbehaving, a_flood_of_empty_fragments_is_refused) {
  serve_listener();
  far_->frame(opcode::text, "", false);
  for (int i = 0; i < 5'000; ++i) far_->frame(opcode::continuation, "", false);
  loop_.settle();
  ASSERT_EQ(far_->heard.size(), 1U);
  EXPECT_TRUE(far_->heard[0].starts_with("close 1008 ")) << far_->heard[0];
}

TEST_F(misbehaving, a_flood_of_pings_from_who_reads_nothing_stays_within_the_outbox_limit) {
  home_.options.outbox_limit = 64 * 1024;
  serve_listener();
  near_->set_faults({.capacity = 100});
  far_->carried().pause();
  for (int i = 0; i < 20'000; ++i) far_->frame(opcode::ping, "");
  loop_.settle();
  // Each pong of two bytes takes an entry of more than 20: the limit is one of memory.
  EXPECT_LE(live_in("outbox entry"), 64 * 1024 / 20U);
  EXPECT_GT(live_in("outbox entry"), 1'000U);
  EXPECT_TRUE(notes_.peer->is_open());
  far_->carried().resume();
  far_->text("still here");
  loop_.settle();
  EXPECT_EQ(notes_.heard, words{"text still here"});
}

}  // namespace
}  // namespace peregrine
