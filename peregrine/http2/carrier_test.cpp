#include "peregrine/http2/carrier.hpp"

#include "peregrine/http2/wire_test.hpp"
#include "peregrine/net/memory_stream.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace peregrine::http2 {
namespace {

using namespace by_hand;
using codes = std::vector<int>;
using carried = on_a_wire;

TEST_F(carried, streams_leave_in_one_write_a_turn) {
  std::string opened;
  for (int i = 0; i < 100; ++i) opened += connect(2 * i + 1);
  auto& one = serve(settings() + opened);
  one.below.writes = 0;
  for (auto& [id, member] : one.host.members) member.say("a message");
  loop_.settle();
  EXPECT_EQ(one.below.writes, 1);
  EXPECT_EQ(one.sent().size(), 100U);
}

TEST_F(carried, stream_that_is_paused_holds_its_bytes_and_its_window) {
  auto& one = serve(settings() + frame(4, ack, 0, "") + connect(1) + connect(3), {.session = {.stream_window = 1000}});
  one.member(1).carried().pause();
  one.feed(data(1, std::string(600, 'a')) + data(3, std::string(600, 'b')));
  loop_.settle();
  EXPECT_EQ(one.member(1).received, "");
  EXPECT_EQ(one.sent(), words{"WINDOW_UPDATE 3 600"});
  one.member(1).carried().resume();
  loop_.settle();
  EXPECT_EQ(one.member(1).received, std::string(600, 'a'));
  EXPECT_EQ(one.sent(), words{"WINDOW_UPDATE 1 600"});
}

TEST_F(carried, stream_that_is_paused_within_its_bytes_is_told_its_end_when_it_resumes) {
  auto& one = serve(settings() + connect(1));
  one.member(1).on_piece = [&one] { one.member(1).carried().pause(); };
  one.feed(data(1, "one") + data(1, "two") + data(1, "", end_stream));
  EXPECT_EQ(one.member(1).received, "one");
  EXPECT_EQ(one.member(1).ends, codes{});
  one.member(1).on_piece = [] {};
  one.member(1).carried().resume();
  EXPECT_EQ(one.member(1).received, "onetwo");
  EXPECT_EQ(one.member(1).ends, codes{0});
}

TEST_F(carried, slow_stream_blocks_itself_alone) {
  auto& one = serve(settings({{initial_window, 5}}) + connect(1) + connect(3) + window_update(3, 100));
  one.member(1).say("0123456789");
  one.member(3).say("0123456789");
  loop_.settle();
  EXPECT_EQ(one.sent(), (words{"DATA 1 01234", "DATA 3 0123456789"}));
  one.feed(window_update(1, 100));
  loop_.settle();
  EXPECT_EQ(one.sent(), words{"DATA 1 56789"});
  EXPECT_EQ(one.member(1).writables, 1);
  EXPECT_EQ(one.member(3).writables, 0);
}

TEST_F(carried, streams_share_a_wire_that_takes_little) {
  auto& one = serve(settings({{initial_window, 10'000'000}}) + window_update(0, 0x7ffeffff) + connect(1) + connect(3) +
                    connect(5));
  one.below.room = 0;
  const std::string much(3'000'000, 'x');
  for (auto& [id, member] : one.host.members) member.say(much);
  loop_.settle();
  // What is unsent is bounded, whatever the windows are.
  std::size_t left = 0;
  for (auto& [id, member] : one.host.members) left += member.unsent.size();
  EXPECT_GE(left, 3 * much.size() - std::size_t{256} * 1024);
  // Each has its turn: none is done long before another.
  for (int i = 0; i < 30; ++i) {
    one.below.room = 200'000;
    one.at->on_writable();
    loop_.settle();
  }
  for (auto& [id, member] : one.host.members) {
    EXPECT_LT(member.unsent.size(), much.size() / 2) << id;
    EXPECT_GT(member.unsent.size(), 0U) << id;
  }
  one.below.room = SIZE_MAX;
  one.at->on_writable();
  loop_.settle();
  for (auto& [id, member] : one.host.members) EXPECT_EQ(member.unsent.size(), 0U) << id;
}

TEST_F(carried, stream_that_is_closed_says_what_was_written_and_an_end) {
  auto& one = serve(settings() + connect(1));
  one.member(1).say("bye");
  one.member(1).close();
  loop_.settle();
  EXPECT_EQ(one.sent(), (words{"DATA 1 bye", "DATA 1  END_STREAM", "RST_STREAM 1 NO_ERROR"}));
  EXPECT_EQ(one.at->streams(), 0U);
  EXPECT_FALSE(one.is_over());
  one.feed(data(1, "on its way") + connect(3));
  EXPECT_EQ(one.at->streams(), 1U);
}

TEST_F(carried, stream_closes_within_its_bytes) {
  auto& one = serve(settings() + connect(1) + connect(3));
  one.member(1).on_piece = [&one] {
    one.member(1).say("bye");
    one.member(1).close();
    one.member(3).close();
  };
  one.feed(data(1, "go") + data(1, "on") + data(3, "lost"));
  loop_.settle();
  EXPECT_EQ(one.member(1).received, "go");
  EXPECT_EQ(one.member(3).received, "");
  EXPECT_EQ(one.sent(), (words{"DATA 1 bye", "DATA 1  END_STREAM", "RST_STREAM 1 NO_ERROR", "DATA 3  END_STREAM",
                               "RST_STREAM 3 NO_ERROR"}));
}

TEST_F(carried, stream_ends_with_both_halves_and_no_reset) {
  auto& one = serve(settings() + connect(1) + connect(3));
  one.feed(data(1, "last", end_stream));
  EXPECT_EQ(one.member(1).received, "last");
  EXPECT_EQ(one.member(1).ends, codes{0});
  one.member(1).close();
  // The other way round.
  one.member(3).say("first");
  one.member(3).carried().finish();
  one.feed(data(3, "", end_stream));
  loop_.settle();
  EXPECT_EQ(one.member(3).ends, codes{0});
  EXPECT_EQ(one.sent(), (words{"DATA 1  END_STREAM", "DATA 3 first", "DATA 3  END_STREAM"}));
  EXPECT_EQ(one.at->streams(), 0U);
}

TEST_F(carried, stream_finishes_after_its_peer) {
  auto& one = serve(settings() + connect(1));
  one.feed(data(1, "", end_stream));
  one.member(1).say("last");
  one.member(1).carried().finish();  // with which it is over, outside of what is fed
  loop_.settle();
  EXPECT_EQ(one.at->streams(), 0U);
  one.feed(ping());
  EXPECT_EQ(one.member(1).ends, codes{0});
}

TEST_F(carried, stream_that_the_peer_resets_ends_once) {
  auto& one = serve(settings() + connect(1) + connect(3) + connect(5));
  one.member(3).carried().pause();
  one.feed(reset(1) + data(3, "unread") + reset(3) + data(5, "", end_stream) + reset(5));
  loop_.settle();
  EXPECT_EQ(one.member(1).ends, codes{ECONNRESET});
  EXPECT_EQ(one.member(3).ends, codes{ECONNRESET});
  EXPECT_EQ(one.member(5).ends, codes{0});
  EXPECT_EQ(one.at->streams(), 0U);
}

TEST_F(carried, stream_that_is_reset_behind_its_end_while_it_is_paused_waits_for_no_window) {
  auto& one = serve(settings({{initial_window, 5}}) + connect(1));
  one.member(1).say("0123456789");
  one.member(1).carried().pause();
  one.feed(data(1, "unread") + data(1, "", end_stream) + reset(1));
  loop_.settle();
  EXPECT_EQ(one.at->streams(), 0U);
  EXPECT_EQ(one.member(1).unsent, "") << "what is written is lost";
  EXPECT_EQ(one.member(1).ends, codes{}) << "there is something to read before";
  one.member(1).say("likewise");
  EXPECT_EQ(one.member(1).unsent, "");
  one.member(1).carried().resume();
  EXPECT_EQ(one.member(1).received, "unread");
  EXPECT_EQ(one.member(1).ends, codes{0});
}

TEST_F(carried, streams_end_once_with_their_connection) {
  auto& one = serve(settings() + connect(1) + connect(3) + connect(5));
  one.feed(data(5, "", end_stream));
  one.member(3).on_piece = [] {};
  one.at->on_end(0);
  loop_.settle();
  EXPECT_EQ(one.member(1).ends, codes{ECONNRESET});
  EXPECT_EQ(one.member(3).ends, codes{ECONNRESET});
  EXPECT_EQ(one.member(5).ends, codes{0});
  EXPECT_EQ(one.host.codes, codes{ECONNRESET});
  EXPECT_TRUE(one.below.is_closed);
  EXPECT_EQ(carrier::home().live(), 0U);
}

TEST_F(carried, connection_is_given_up_within_its_bytes) {
  auto& one = serve(settings() + connect(1) + connect(3));
  one.member(1).on_piece = [&one] { one.at->abort(); };
  one.feed(data(1, "go") + data(1, "on") + data(3, "lost") + connect(5) + reset(3) + data(1, "", end_stream) +
           window_update(1, 1) + go_away(0, error_code::no_error));
  loop_.settle();
  EXPECT_EQ(one.member(1).received, "go");
  EXPECT_EQ(one.member(1).ends, codes{ECONNRESET});
  EXPECT_EQ(one.member(3).ends, codes{ECONNRESET});
  EXPECT_EQ(one.host.members.size(), 2U);
  EXPECT_EQ(one.host.overs.size(), 1U);
}

TEST_F(carried, request_that_ends_at_once_is_a_stream_that_has_ended) {
  auto& one = serve(settings() + connect(1, "websocket", end_headers | end_stream));
  EXPECT_EQ(one.member(1).ends, codes{0});
  EXPECT_EQ(one.at->streams(), 1U);
}

TEST_F(carried, connection_whose_peer_says_goodbye_often_and_at_length_is_logged_once_and_in_short) {
  auto& one = serve(settings() + connect(1));
  testing::internal::CaptureStderr();
  one.feed(repeated(go_away(0, error_code::internal_error, std::string(10'000, 'x')), 3));
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(log.find("INTERNAL_ERROR"), log.rfind("INTERNAL_ERROR")) << log;
  EXPECT_NE(log.find("INTERNAL_ERROR xxx"), std::string::npos);
  EXPECT_LT(log.size(), 1'000U);
}

TEST_F(carried, connection_that_goes_away_ends_with_its_last_stream) {
  auto& one = serve(settings() + connect(1));
  one.at->go_away();
  loop_.settle();
  EXPECT_EQ(one.sent(), words{"GOAWAY 0 NO_ERROR"});
  EXPECT_FALSE(one.is_over());
  one.member(1).close();
  loop_.settle();
  EXPECT_TRUE(one.below.is_closed);
  EXPECT_EQ(one.host.overs.size(), 1U);
}

TEST_F(carried, answers_are_sent_before_a_connection_ends_that_goes_away) {
  auto& one = serve(settings({{initial_window, 3}}));
  one.feed(get(1) + go_away(0, error_code::no_error));
  loop_.settle();
  EXPECT_FALSE(one.is_over());
  one.feed(window_update(1, 100));
  loop_.settle();
  EXPECT_EQ(one.sent(), (words{"HEADERS 1", "DATA 1 a p", "DATA 1 age", "DATA 1  END_STREAM"}));
  EXPECT_TRUE(one.is_over());
}

TEST_F(carried, peer_that_asks_and_does_not_read_is_not_heard) {
  auto& one = serve();
  one.host.page = std::string(30'000, 'x');
  one.below.room = 0;
  one.feed(settings({{initial_window, 100'000}}) + window_update(0, 0x7ffe0000));
  stream_id next = 1;
  for (; next < 1000 && !one.below.is_paused; next += 2) {
    one.feed(get(next));
    loop_.settle();
  }
  EXPECT_TRUE(one.below.is_paused);
  EXPECT_LT(next, 100);
  one.below.room = SIZE_MAX;
  one.at->on_writable();
  loop_.settle();
  EXPECT_FALSE(one.below.is_paused);
}

// --- content of ordinary requests ---

std::string post(stream_id stream, std::string_view length) {
  return headers(stream, {{":method", "POST"},
                          {":scheme", "http"},
                          {":path", "/"},
                          {":authority", "localhost"},
                          {"content-length", length}});
}

TEST_F(carried, content_is_heard_before_a_request_is_answered) {
  auto& one = serve();
  one.host.listens = true;
  one.feed(post(1, "5") + data(1, "hel") + data(1, "lo", end_stream));
  loop_.settle();
  EXPECT_EQ(one.member(1).received, "hello");
  EXPECT_EQ(one.member(1).ends, std::vector<int>{0});
  EXPECT_TRUE(one.sent().empty());
  one.at->respond(one.member(1).release(), 200, {}, as_bytes("thanks"));
  loop_.settle();
  EXPECT_EQ(one.sent(), (words{"HEADERS 1", "DATA 1 thanks", "DATA 1  END_STREAM"}));
}

TEST_F(carried, content_larger_than_a_window_goes_on_as_it_is_heard) {
  auto& one = serve(settings() + frame(4, ack, 0, ""));
  one.host.listens = true;
  one.feed(post(1, "100000"));
  std::size_t window = session_options().stream_window;
  for (std::size_t left = 100'000; left > 0;) {
    const auto size = std::min({left, window, std::size_t{16'000}});
    ASSERT_GT(size, 0U) << "it stands still, with " << left << " bytes left";
    left -= size;
    window -= size;
    one.feed(data(1, std::string(size, 'x'), left == 0 ? end_stream : 0));
    loop_.settle();
    for (const auto& each : one.sent()) {
      constexpr std::string_view more = "WINDOW_UPDATE 1 ";
      if (each.starts_with(more)) window += std::stoul(each.substr(more.size()));
    }
  }
  EXPECT_EQ(one.member(1).received.size(), 100'000U);
  EXPECT_EQ(one.member(1).ends, codes{0});
  one.member(1).close();
}

TEST_F(carried, content_may_be_answered_before_its_end_has_come) {
  auto& one = serve();
  one.host.listens = true;
  one.feed(post(1, "5") + data(1, "hello"));
  one.at->respond(one.member(1).release(), 200, {}, as_bytes("thanks"));
  one.feed(data(1, "", end_stream) + get(3));
  loop_.settle();
  EXPECT_EQ(one.sent(), (words{"HEADERS 1", "DATA 1 thanks", "DATA 1  END_STREAM"}));
  one.member(3).close();
}

TEST_F(carried, content_that_nobody_answers_is_reset) {
  auto& one = serve();
  one.host.listens = true;
  one.feed(post(1, "5") + data(1, "hel"));
  one.member(1).close();
  loop_.settle();
  EXPECT_EQ(one.sent(), words{"RST_STREAM 1 CANCEL"});
  EXPECT_FALSE(one.is_over());
}

TEST_F(carried, content_whose_sender_takes_it_back_or_lies_about_its_length_ends_with_an_error) {
  auto& one = serve();
  one.host.listens = true;
  one.feed(post(1, "5") + data(1, "hel") + reset(1));
  one.feed(post(3, "5") + data(3, "hello, and more", end_stream));
  loop_.settle();
  for (const stream_id id : {1, 3}) {
    EXPECT_EQ(one.member(id).ends, std::vector<int>{ECONNRESET}) << id;
    one.at->respond(one.member(id).release(), 200, {}, as_bytes("thanks"));
  }
  loop_.settle();
  EXPECT_EQ(one.sent(), words{"RST_STREAM 3 PROTOCOL_ERROR"});
}

TEST_F(carried, who_asks_much_in_one_turn_and_does_not_read_is_not_heard_on) {
  auto& one = serve(settings({{initial_window, 1'000'000}}) + window_update(0, 0x7ffe0000));
  one.host.page = std::string(9'000, 'x');
  one.below.room = 0;
  std::string asked;
  for (stream_id id = 1; id < 256; id += 2) asked += get(id);
  one.feed(asked);
  EXPECT_TRUE(one.below.is_paused);
  one.below.room = SIZE_MAX;
  one.at->on_writable();
  loop_.settle();
  EXPECT_FALSE(one.below.is_paused);
  EXPECT_EQ(one.at->streams(), 0U);
}

}  // namespace
}  // namespace peregrine::http2
