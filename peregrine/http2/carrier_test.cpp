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
  EXPECT_GE(left, 3 * much.size() - 256 * 1024);
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

// --- two of ours, over a way with faults ---

// Asks for a stream, and sits on it.
class caller final : public carrier::suitor {
 public:
  void ask(carrier& by) {
    stream_ = by.connect(
        {.method = "CONNECT", .scheme = "http", .authority = "a", .path = "/", .protocol = "websocket", .head = {}},
        *this);
  }
  void say(std::string_view text) {
    unsent_ += text;
    on_writable();
  }
  void close() { stream_.reset(); }
  bool has_stream() const { return stream_ != nullptr; }

  int status = 0;
  std::string received;
  codes ends;

 private:
  void on_response(int code, fields) override { status = code; }
  void on_bytes(mutable_bytes lent) override { received += as_text(lent); }
  void on_end(int code) override { ends.push_back(code); }
  void on_writable() override {
    const bytes all = as_bytes(unsent_);
    if (!all.empty()) unsent_.erase(0, stream_->write({&all, 1}));
  }

  stream_ptr stream_;
  std::string unsent_;
};

class two_of_ours : public testing::Test {
 protected:
  two_of_ours() {
    server_host_.on_member = repeat_all;
    server_ = new carrier(stream_ptr(ends_.first), side::server, server_options_, server_host_);
    client_ = new carrier(stream_ptr(ends_.second), side::client, client_options_, client_host_);
  }
  ~two_of_ours() override {
    callers_.clear();
    server_host_.members.clear();
    if (server_host_.overs.empty()) server_->abort();
    loop_.settle();
    if (client_host_.overs.empty()) client_->abort();
    loop_.settle();
    EXPECT_EQ(carrier::home().live(), 0U);
    EXPECT_EQ(stream::home().live(), 0U);
  }

  void open(int count) {
    for (int i = 0; i < count; ++i) callers_.emplace_back().ask(*client_);
    loop_.settle();
    for (const auto& each : callers_) EXPECT_EQ(each.status, 200);
  }

  manual_reactor loop_;
  std::pair<memory_stream*, memory_stream*> ends_ = memory_stream::make_pair();
  carrier_options server_options_{.session = {.max_streams = 10}};
  carrier_options client_options_;
  keeper server_host_;
  keeper client_host_;
  carrier* server_;
  carrier* client_;
  std::deque<caller> callers_;
};

TEST_F(two_of_ours, echo_over_many_streams_and_a_bad_way) {
  for (const memory_stream::faults faults :
       {memory_stream::faults{}, {.piece = 1}, {.capacity = 10}, {.piece = 7, .capacity = 100}}) {
    ends_.first->set_faults(faults);
    ends_.second->set_faults(faults);
    loop_.settle();
    open(10);
    std::string much;
    const int count = faults.piece < 10 || faults.capacity < 100 ? 300 : 6000;  // the latter: more than the windows
    for (int i = 0; i < count; ++i) much += std::to_string(i);
    for (auto& each : callers_) each.say(much);
    loop_.settle();
    for (auto& each : callers_) {
      EXPECT_EQ(each.received, much);
      each.close();
    }
    loop_.settle();
    EXPECT_EQ(client_->streams(), 0U);
    callers_.clear();
    for (auto& [id, member] : server_host_.members) {
      EXPECT_EQ(member.ends, codes{0});
      member.close();
    }
    server_host_.members.clear();
    loop_.settle();
    EXPECT_EQ(server_->streams(), 0U);
  }
}

TEST_F(two_of_ours, tell_how_much_room_there_is) {
  EXPECT_EQ(client_->room(100), 0U);  // before the settings
  EXPECT_FALSE(client_->is_ready());
  loop_.settle();
  EXPECT_TRUE(client_->is_ready());
  EXPECT_TRUE(client_->takes_websockets());
  EXPECT_EQ(client_host_.rooms, 1);
  EXPECT_EQ(client_->room(100), 10U);
  EXPECT_EQ(client_->room(3), 3U);
  open(4);
  EXPECT_EQ(client_->room(100), 6U);
  EXPECT_EQ(client_->room(3), 0U);
  const auto before = client_host_.rooms;
  server_host_.members.at(1).close();
  loop_.settle();
  EXPECT_EQ(callers_[0].ends, codes{0});
  EXPECT_EQ(client_->room(100), 7U);
  EXPECT_GT(client_host_.rooms, before);
  server_->go_away();
  loop_.settle();
  EXPECT_EQ(client_->room(100), 0U);
}

TEST_F(two_of_ours, have_no_room_when_their_peer_has_broken_a_rule) {
  loop_.settle();
  EXPECT_EQ(client_->room(100), 10U);
  std::string broken = frame(8, 0, 0, number(0, 4));
  client_->on_bytes(std::as_writable_bytes(std::span(broken)));
  EXPECT_EQ(client_->room(100), 0U);
  loop_.settle();
  EXPECT_EQ(client_->room(100), 0U) << "while the peer is given the time to hear why";
}

TEST_F(two_of_ours, let_wait_what_is_beyond_the_limit) {
  loop_.settle();
  open(10);
  auto& late = callers_.emplace_back();
  late.ask(*client_);  // it waits in the session until there is room
  loop_.settle();
  EXPECT_EQ(late.status, 0);
  callers_[0].close();
  server_host_.members.at(1).close();
  loop_.settle();
  EXPECT_EQ(late.status, 200);
}

TEST_F(two_of_ours, tell_the_suitors_of_a_connection_that_is_lost) {
  loop_.settle();
  open(3);
  auto& waiting = callers_.emplace_back();
  waiting.ask(*client_);
  ends_.first->break_off(EPIPE);
  loop_.settle();
  for (auto& each : callers_) EXPECT_EQ(each.ends.size(), 1U);
  EXPECT_EQ(client_host_.codes, codes{EPIPE});
  for (auto& [id, member] : server_host_.members) EXPECT_EQ(member.ends.size(), 1U);
}

TEST_F(two_of_ours, give_up_a_request_before_it_is_answered) {
  loop_.settle();
  callers_.emplace_back().ask(*client_);
  callers_[0].close();
  loop_.settle();
  EXPECT_EQ(callers_[0].status, 0);
  EXPECT_EQ(server_host_.members.at(1).ends.size(), 1U);
  EXPECT_EQ(client_->streams(), 0U);
}

}  // namespace
}  // namespace peregrine::http2
