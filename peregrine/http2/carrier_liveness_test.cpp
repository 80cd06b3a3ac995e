// Who is silent, who does not read, and who attacks: how a carrier gives up, and that nobody else notices.
#include "peregrine/http2/wire_test.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace peregrine::http2 {
namespace {

using namespace by_hand;
using namespace std::chrono_literals;
using codes = std::vector<int>;
using liveness = on_a_wire;

TEST_F(liveness, is_asked_for_with_one_ping_for_all_streams) {
  std::string opened;
  for (int i = 0; i < 100; ++i) opened += connect(2 * i + 1);
  auto& one = serve(settings() + opened);
  loop_.advance(24s);
  EXPECT_EQ(one.sent(), words{});
  loop_.advance(5s);
  EXPECT_EQ(one.sent(), words{"PING 0"});
  one.feed(frame(6, ack, 0, "12345678"));
  loop_.advance(24s);
  EXPECT_EQ(one.sent(), words{});
  EXPECT_FALSE(one.is_over());
}

TEST_F(liveness, is_asked_for_when_the_streams_come_later_than_the_settings) {
  auto& one = serve();
  loop_.advance(1s);
  one.feed(connect(1));
  loop_.advance(30s);
  EXPECT_EQ(one.sent(), (words{"HEADERS 1", "PING 0"}));
}

TEST_F(liveness, ends_with_a_peer_that_is_silent) {
  auto& one = serve(settings() + connect(1));
  loop_.advance(80s);
  EXPECT_EQ(one.member(1).ends, codes{ETIMEDOUT});
  EXPECT_EQ(one.host.overs, words{"the peer was silent for too long"});
  EXPECT_TRUE(one.below.is_closed);
}

TEST_F(liveness, of_an_empty_connection_ends_with_a_goodbye) {
  auto& one = serve();
  loop_.advance(55s);
  EXPECT_EQ(one.sent(), words{});
  loop_.advance(20s);
  EXPECT_EQ(one.sent(), words{"GOAWAY 0 NO_ERROR"});
  EXPECT_TRUE(one.below.is_closed);
}

TEST_F(liveness, of_an_empty_connection_that_does_not_read_ends_too) {
  auto& one = serve();
  one.below.room = 0;
  loop_.advance(75s);
  EXPECT_FALSE(one.is_over());
  loop_.advance(75s);
  EXPECT_TRUE(one.below.is_closed);
}

TEST_F(liveness, begins_with_settings) {
  auto& one = serve("");
  loop_.advance(12s);
  EXPECT_EQ(one.sent(), words{"GOAWAY 0 SETTINGS_TIMEOUT"});
  loop_.advance(2s);
  EXPECT_EQ(one.host.overs, words{"SETTINGS_TIMEOUT: the peer's SETTINGS did not come in time"});
}

TEST_F(liveness, is_not_asked_for_when_it_is_not_wanted) {
  auto& one = serve(settings() + connect(1), {.session = {}, .ping_interval = 0s, .idle_timeout = 0s});
  loop_.advance(2h);
  EXPECT_EQ(one.sent(), words{});
  EXPECT_FALSE(one.is_over());
}

// Lets time pass while the peer is there.
void stay(manual_reactor& loop, served& with, std::chrono::seconds length) {
  for (; length > 0s; length -= 5s) {
    with.feed(ping());
    loop.advance(5s);
  }
}

TEST_F(liveness, does_not_help_a_stream_whose_window_is_held_at_zero) {
  auto& one = serve(settings({{initial_window, 2}}) + connect(1) + connect(3));
  one.member(1).say("stuck");
  stay(loop_, one, 50s);
  EXPECT_EQ(one.member(1).ends, codes{});
  stay(loop_, one, 50s);
  EXPECT_EQ(one.member(1).ends, codes{ETIMEDOUT});
  EXPECT_EQ(one.member(3).ends, codes{});
  const auto last = one.sent();
  EXPECT_NE(std::find(last.begin(), last.end(), "RST_STREAM 1 ENHANCE_YOUR_CALM"), last.end());
  EXPECT_EQ(one.at->streams(), 1U);
}

TEST_F(liveness, does_not_help_a_stream_whose_window_is_held_at_zero_while_the_connection_moves) {
  auto& one = serve(settings({{initial_window, 2}}) + connect(1) + connect(3));
  one.member(1).say("stuck");
  for (int i = 0; i < 20; ++i) {
    one.feed(window_update(0, 1) + settings());
    loop_.advance(5s);
    if (i < 10) {
      EXPECT_EQ(one.member(1).ends, codes{}) << i;
    }
  }
  EXPECT_EQ(one.member(1).ends, codes{ETIMEDOUT});
  EXPECT_EQ(one.member(3).ends, codes{});
}

TEST_F(liveness, of_a_stream_that_may_write_a_little_now_and_then_goes_on) {
  auto& one = serve(settings({{initial_window, 2}}) + connect(1));
  one.member(1).say("much, and slowly");
  for (int i = 0; i < 10; ++i) {
    stay(loop_, one, 40s);
    one.feed(window_update(1, 1));
  }
  EXPECT_EQ(one.member(1).ends, codes{});
}

TEST_F(liveness, does_not_help_a_connection_whose_window_is_held_at_zero) {
  auto& one = serve(settings({{initial_window, 100'000}}) + connect(1) + connect(3));
  one.member(1).say(std::string(70'000, 'x'));
  stay(loop_, one, 100s);
  EXPECT_EQ(one.member(1).ends, codes{ECONNRESET});
  EXPECT_EQ(one.member(3).ends, codes{ECONNRESET});
  EXPECT_EQ(one.host.overs, words{"ENHANCE_YOUR_CALM: the connection's window was held at zero"});
  EXPECT_EQ(one.sent().back(), "GOAWAY 0 ENHANCE_YOUR_CALM");
}

TEST_F(liveness, does_not_help_who_asks_and_holds_the_windows_at_zero) {
  auto& one = serve(settings({{initial_window, 0}}) + get(1) + get(3));
  stay(loop_, one, 200s);
  ASSERT_EQ(one.host.overs.size(), 1U);
  EXPECT_TRUE(one.host.overs[0].starts_with("ENHANCE_YOUR_CALM: windows were held at zero")) << one.host.overs[0];
}

TEST_F(liveness, does_not_help_who_does_not_read) {
  auto& one = serve(settings() + connect(1));
  one.below.room = 0;
  stay(loop_, one, 120s);
  EXPECT_EQ(one.member(1).ends, codes{ETIMEDOUT});
  EXPECT_EQ(one.host.overs, words{"the peer did not read what was sent"});
}

TEST_F(liveness, is_seen_in_who_reads_slowly) {
  auto& one = serve(settings({{initial_window, 10'000'000}}) + window_update(0, 0x7ffe0000) + connect(1));
  one.below.room = 0;
  one.member(1).say(std::string(1'000'000, 'x'));
  for (int i = 0; i < 60; ++i) {
    one.below.room = 1000;
    one.at->on_writable();
    stay(loop_, one, 5s);
  }
  EXPECT_FALSE(one.is_over());
}

// --- an attack on one connection, and another one beside it ---

TEST_F(liveness, of_a_bystander_goes_on_during_an_attack) {
  auto& bystander = serve(settings() + connect(1));
  repeat_all(bystander.member(1));
  auto& attacker = serve(settings() + connect(1));
  stream_id next = 3;
  for (int i = 0; i < 1000 && !attacker.is_over(); ++i) {
    for (int j = 0; j < 10; ++j, next += 2) attacker.feed(connect(next) + reset(next));
    bystander.feed(data(1, "hello"));
    loop_.settle();
    EXPECT_EQ(bystander.sent(), words{"DATA 1 hello"});
    if (attacker.below.is_finished) break;
  }
  // Its streams have ended, it is not heard any more, and has a moment to hear why.
  EXPECT_EQ(attacker.member(1).ends, codes{ECONNRESET});
  EXPECT_EQ(attacker.sent().back(), "GOAWAY 0 ENHANCE_YOUR_CALM");
  EXPECT_TRUE(attacker.below.is_paused);
  EXPECT_FALSE(attacker.below.is_closed);
  loop_.advance(2s);
  EXPECT_TRUE(attacker.below.is_closed);
  ASSERT_EQ(attacker.host.overs.size(), 1U);
  EXPECT_NE(attacker.host.overs[0].find("CVE-2023-44487"), std::string::npos);
  EXPECT_FALSE(bystander.is_over());
}

TEST_F(liveness, of_an_attacker_that_does_not_read_the_reason_ends_too) {
  auto& attacker = serve(settings() + connect(1));
  attacker.below.room = 0;
  attacker.feed(repeated(settings(), 1000));
  loop_.advance(120s);
  EXPECT_TRUE(attacker.below.is_closed);
  EXPECT_EQ(attacker.member(1).ends.size(), 1U);
}

}  // namespace
}  // namespace peregrine::http2
