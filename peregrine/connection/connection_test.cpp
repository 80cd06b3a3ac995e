#include "peregrine/connection/connection.hpp"

#include "peregrine/connection/peers_test.hpp"
#include "peregrine/runtime/scope.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <stdexcept>

namespace peregrine {
namespace {

using namespace std::chrono_literals;
using websocket::close_code;
using websocket::opcode;
using websocket::role;
using words = std::vector<std::string>;

// What handlers told.
struct diary {
  words heard;
  bool has_ended = false;
  int sent = 0;
  connection* peer = nullptr;
};

task<> listen(connection& peer, diary& notes) {
  notes.peer = &peer;
  while (const auto* said = co_await peer.receive()) {
    notes.heard.push_back((said->is_text() ? "text " : "binary ") + std::string(said->text()));
  }
  notes.has_ended = true;
}

task<> echo(connection& peer, diary& notes) {
  notes.peer = &peer;
  while (const auto* said = co_await peer.receive()) {
    notes.heard.emplace_back(said->text());
    co_await peer.send(*said);
  }
  notes.has_ended = true;
}

// Takes its time over each message.
task<> ponder(connection& peer, diary& notes, reactor::duration length) {
  notes.peer = &peer;
  while (const auto* said = co_await peer.receive()) {
    notes.heard.emplace_back(said->text());
    co_await reactor::current().sleep(length);
  }
  notes.has_ended = true;
}

task<> speak(connection& peer, diary& notes, std::size_t size, int count) {
  notes.peer = &peer;
  const std::string said(size, 'x');
  for (int i = 0; i < count; ++i) {
    const bool is_open = co_await peer.send(message::text(said));
    if (!is_open) break;
    ++notes.sent;
  }
  while (const auto* more = co_await peer.receive()) static_cast<void>(more);
  notes.has_ended = true;
}

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

std::size_t live_in(std::string_view name) {
  for (const auto* each : slab::all()) {
    if (each->name() == name) return each->live();
  }
  return 0;
}

class live : public testing::Test {
 protected:
  ~live() override {
    far_.reset();
    loop_.settle();
    loop_.advance(10s);
    EXPECT_EQ(home_.counts.live, 0U);
    EXPECT_EQ(live_in("connection"), 0U);
    EXPECT_EQ(live_in("outbox entry"), 0U);
  }

  // A server's connection that `handler` holds, and its client.
  template <class Handler>
  connection& serve(const Handler& handler, const std::optional<websocket::deflate_parameters>& deflate = {}) {
    const auto [near, far] = memory_stream::make_pair();
    near_ = near;
    carried_ = far;
    far_.emplace(far);
    auto* made = new connection(stream_ptr(near), home_, deflate);
    http::request request;
    request.path = "/room";
    made->run(handler, request, {});
    loop_.settle();
    return *made;
  }
  // A connection that is the test's, as a client's owner has it.
  connection_ptr hold_by_hand() {
    const auto [near, far] = memory_stream::make_pair();
    near_ = near;
    carried_ = far;
    far_.emplace(far);
    connection_ptr made(new connection(stream_ptr(near), home_, {}));
    made->hold();
    return made;
  }
  connection& serve_listener() {
    return serve([this](connection& peer) { return listen(peer, notes_); });
  }

  manual_reactor loop_;
  endpoint home_;
  diary notes_;
  memory_stream* near_ = nullptr;
  memory_stream* carried_ = nullptr;
  std::optional<far_end> far_;
};

using receiving = live;
using sending = live;
using closing = live;
using keeping_alive = live;
using deflating = live;
using misbehaving = live;

// ---- receiving ----

TEST_F(receiving, whole_messages_in_order) {
  serve_listener();
  far_->text("one");
  far_->frame(opcode::binary, "two");
  far_->text("");
  loop_.settle();
  EXPECT_EQ(notes_.heard, (words{"text one", "binary two", "text "}));
  EXPECT_EQ(home_.counts.messages_in, 3U);
}

TEST_F(receiving, a_byte_at_a_time_with_control_frames_between_fragments) {
  serve_listener();
  carried_->set_faults({.piece = 1});
  far_->frame(opcode::text, "Hel", false);
  far_->frame(opcode::ping, "p");
  far_->frame(opcode::continuation, "", false);
  far_->frame(opcode::pong, "nobody asked");
  far_->frame(opcode::continuation, "lo");
  far_->text("next");
  loop_.settle();
  EXPECT_EQ(notes_.heard, (words{"text Hello", "text next"}));
  EXPECT_EQ(far_->heard, words{"pong p"});
}

TEST_F(receiving, a_ping_is_answered_with_its_payload_and_pongs_are_ignored) {
  serve_listener();
  far_->frame(opcode::ping, "");
  far_->frame(opcode::ping, std::string(125, 'p'));
  far_->frame(opcode::pong, "unasked");
  loop_.settle();
  EXPECT_EQ(far_->heard, (words{"pong ", "pong " + std::string(125, 'p')}));
  EXPECT_TRUE(notes_.heard.empty());
}

TEST_F(receiving, the_request_is_there_until_the_handler_first_suspends) {
  std::string path;
  serve([&](connection& peer) {
    path = peer.request().path;
    return listen(peer, notes_);
  });
  EXPECT_EQ(path, "/room");
}

TEST_F(receiving, a_busy_handler_slows_the_peer_down_and_loses_nothing) {
  serve([this](connection& peer) { return ponder(peer, notes_, 1s); });
  carried_->set_faults({.piece = 100, .capacity = 100});
  words all;
  for (int i = 0; i < 200; ++i) {
    all.push_back("message " + std::to_string(i));
    far_->text(all.back());
  }
  loop_.settle();
  EXPECT_EQ(notes_.heard, words{"message 0"});
  loop_.advance(3s);
  EXPECT_LT(notes_.heard.size(), 5U);
  loop_.advance(250s);
  EXPECT_EQ(notes_.heard, all);
  EXPECT_TRUE(notes_.peer->is_open());
}

TEST_F(receiving, a_busy_handler_hears_all_that_was_said_before_the_end) {
  serve([this](connection& peer) { return ponder(peer, notes_, 1s); });
  far_->text("one");
  loop_.settle();
  far_->text("two");
  far_->text("three");
  loop_.settle();
  far_->leave();
  loop_.settle();
  EXPECT_FALSE(notes_.has_ended);
  loop_.advance(5s);
  EXPECT_EQ(notes_.heard, (words{"one", "two", "three"}));
  EXPECT_TRUE(notes_.has_ended);
}

// ---- sending ----

TEST_F(sending, echoes_in_order) {
  serve([this](connection& peer) { return echo(peer, notes_); });
  for (int i = 0; i < 100; ++i) far_->text(std::to_string(i));
  loop_.settle();
  words all;
  for (int i = 0; i < 100; ++i) all.push_back("text " + std::to_string(i));
  EXPECT_EQ(far_->heard, all);
  EXPECT_EQ(home_.counts.sent, 100U);
}

TEST_F(sending, a_sender_is_suspended_beyond_64_KiB_and_woken_when_the_peer_reads) {
  const auto [near, far] = memory_stream::make_pair();
  near->set_faults({.capacity = 5'000});
  far_.emplace(far);
  far->pause();
  auto* made = new connection(stream_ptr(near), home_, {});
  made->run([this](connection& peer) { return speak(peer, notes_, 10'000, 100); }, {}, {});
  loop_.advance(10s);
  EXPECT_EQ(notes_.sent, 7);  // 5,000 bytes went out; the eighth message goes beyond and waits
  far->resume();
  loop_.settle();
  EXPECT_EQ(notes_.sent, 100);
  EXPECT_EQ(far_->heard.size(), 100U);
}

TEST_F(sending, a_suspended_sender_is_told_when_the_peer_vanishes) {
  const auto [near, far] = memory_stream::make_pair();
  near->set_faults({.capacity = 5'000});
  far_.emplace(far);
  far->pause();
  auto* made = new connection(stream_ptr(near), home_, {});
  made->run([this](connection& peer) { return speak(peer, notes_, 10'000, 100); }, {}, {});
  loop_.settle();
  near->break_off(ECONNRESET);
  loop_.settle();
  EXPECT_EQ(notes_.sent, 7);
  EXPECT_TRUE(notes_.has_ended);
  EXPECT_EQ(home_.counts.closed[1006], 1U);
}

TEST_F(sending, post_refuses_beyond_the_limit_and_the_slow_consumer_is_told_so) {
  home_.options.outbox_limit = 100'000;
  auto& peer = serve_listener();
  near_->set_faults({.capacity = 1'000});
  far_->carried().pause();
  const shared_frame said(message::text(std::string(10'000, 'm')));
  int taken = 0;
  while (taken < 1'000 && peer.post(said)) {
    ++taken;
    loop_.settle();
  }
  EXPECT_EQ(taken, 10);
  peer.close_as_slow_consumer();
  EXPECT_FALSE(peer.is_open());
  EXPECT_TRUE(peer.post(said)) << "who is closing takes nothing, and that is no failure";
  loop_.settle();
  EXPECT_TRUE(notes_.has_ended) << "the handler is to let go at once";
  EXPECT_EQ(home_.counts.slow_consumers, 1U);
  far_->carried().resume();
  loop_.settle();
  // The message of which a part was sent, whole, and then why.
  EXPECT_EQ(far_->heard, (words{"text " + std::string(10'000, 'm'),
                                "close 1008 slow consumer: what was sent was not read in time"}));
  loop_.advance(6s);
  EXPECT_EQ(home_.counts.closed[1008], 1U);
}

TEST_F(sending, a_burst_within_one_turn_is_no_slow_consumer) {
  home_.options.outbox_limit = 100'000;
  auto& peer = serve_listener();
  const shared_frame said(message::text(std::string(10'000, 'm')));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(peer.post(said)) << i;
  loop_.settle();
  EXPECT_EQ(far_->heard.size(), 100U);
}

TEST_F(sending, a_slow_consumer_that_has_not_read_the_handshake_still_gets_its_answer) {
  const auto [near, far] = memory_stream::make_pair();
  near->set_faults({.capacity = 0});
  far_.emplace(far);
  far_->expect_head();
  auto* made = new connection(stream_ptr(near), home_, {});
  const std::string answer = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
  made->begin_with(shared_buffer::copy_of(as_bytes(answer)));
  made->run([this](connection& peer) { return listen(peer, notes_); }, {}, {});
  loop_.settle();
  made->post(shared_frame(message::text("lost")));
  made->close_as_slow_consumer();
  near->set_faults({});
  near->resume();  // which wakes the way
  loop_.settle();
  EXPECT_EQ(far_->head, answer);
  EXPECT_EQ(far_->heard, words{"close 1008 slow consumer: what was sent was not read in time"});
}

TEST_F(sending, one_message_beyond_the_limit_still_goes_to_who_has_nothing_waiting) {
  home_.options.outbox_limit = 1'000;
  auto& peer = serve_listener();
  EXPECT_TRUE(peer.post(shared_frame(message::text(std::string(5'000, 'm')))));
  loop_.settle();
  EXPECT_EQ(far_->heard.size(), 1U);
}

TEST_F(sending, the_close_frame_goes_out_whatever_waits_before_it) {
  home_.options.outbox_limit = 1'000;
  auto& peer = serve_listener();
  near_->set_faults({.capacity = 100});
  far_->carried().pause();
  EXPECT_TRUE(peer.post(shared_frame(message::text(std::string(5'000, 'm')))));
  loop_.settle();
  peer.close(close_code::going_away, "bye");
  far_->carried().resume();
  loop_.settle();
  ASSERT_EQ(far_->heard.size(), 2U);
  EXPECT_EQ(far_->heard[1], "close 1001 bye");
}

// ---- who is destroyed while it waits ----

// Whoever holds a client's connection, and listens beside it.
TEST_F(receiving, a_listener_that_was_cancelled_is_not_woken) {
  auto owned = hold_by_hand();
  scope listening;
  listening.spawn(listen(*owned, notes_));
  listening.cancel();
  far_->text("for nobody");
  loop_.settle();
  EXPECT_TRUE(notes_.heard.empty());
  listening.spawn(listen(*owned, notes_));
  far_->text("for somebody");
  loop_.settle();
  EXPECT_EQ(notes_.heard, (words{"text for nobody", "text for somebody"}));
  listening.cancel();
  far_->leave();
  loop_.settle();
  EXPECT_FALSE(notes_.has_ended);
}

TEST_F(sending, a_sender_that_was_cancelled_is_not_woken) {
  auto owned = hold_by_hand();
  near_->set_faults({.capacity = 5'000});
  far_->carried().pause();
  scope speaking;
  speaking.spawn(speak(*owned, notes_, 10'000, 100));
  loop_.settle();
  EXPECT_EQ(notes_.sent, 7);
  (void)owned->send(message::text("by the way"));  // who does not wait takes nobody's place
  speaking.cancel();
  far_->carried().resume();
  loop_.settle();
  EXPECT_EQ(notes_.sent, 7);
  EXPECT_EQ(far_->heard.size(), 9U);
}

TEST_F(sending, who_waits_may_outlive_its_connection) {
  for (const bool is_cancelled_first : {false, true}) {
    auto owned = hold_by_hand();
    near_->set_faults({.capacity = 5'000});
    far_->carried().pause();
    scope both;
    both.spawn(listen(*owned, notes_));
    both.spawn(speak(*owned, notes_, 10'000, 100));
    loop_.settle();
    owned.reset();
    if (is_cancelled_first) both.cancel();
    loop_.settle();
    both.cancel();
    loop_.settle();
    EXPECT_EQ(live_in("connection"), 0U);
    EXPECT_FALSE(notes_.has_ended) << "who let it go wakes nobody";
  }
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

// ---- what carries it ----

// As of a client that agrees on HTTP/2 and then speaks HTTP/1.1.
class agreed_stream final : public stream {
 public:
  std::size_t write(std::span<const bytes>) noexcept override { return 0; }
  void pause() noexcept override {}
  void resume() override {}
  void finish() noexcept override {}
  void close() noexcept override { reactor::current().discard(*this); }
  std::string peer() const override { return "agreed"; }
  std::string_view application_protocol() const noexcept override { return "h2"; }

 private:
  void on_discarded() noexcept override { delete this; }
};

TEST_F(receiving, over_what_was_agreed_for_http2_is_none_of_http2_by_itself) {
  connection_ptr made(new connection(stream_ptr(new agreed_stream), home_, {}));
  EXPECT_FALSE(made->is_http2());
  EXPECT_EQ(home_.counts.live_by[transport_of(false, false)], 1U);
}

// ---- time ----

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

// ---- bad peers ----

TEST_F(misbehaving, is_answered_with_a_close_frame_that_names_the_rule) {
  const std::string key(4, '\0');
  const auto masked = [&](std::string header, std::string_view payload) { return header + key + std::string(payload); };
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
  far_->text(std::string(64 * 1024, 'm'));
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

// ---- compression ----

std::string compressible(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += "to and fro " + std::to_string(i % 10);
  text.resize(size);
  return text;
}

std::vector<std::byte> deflated(websocket::deflater& by, role ours, std::string_view said) {
  std::vector<std::byte> out;
  websocket::append_frame(out, ours, {opcode::text, by.compress(as_bytes(said)), true});
  return out;
}

TEST_F(deflating, a_server_without_context_takeover_reads_and_writes_compressed_messages) {
  serve([this](connection& peer) { return echo(peer, notes_); }, websocket::stateless_deflate);
  far_->expect_deflate();
  websocket::deflater ours(websocket::context_takeover::no);
  words all;
  std::size_t plain = 0;
  for (const std::size_t size : {100UL, 5'000UL, 60'000UL}) {
    far_->write(deflated(ours, role::client, compressible(size)));
    all.push_back("text " + compressible(size));
    plain += size;
  }
  far_->text("short and plain");
  all.emplace_back("text short and plain");
  loop_.settle();
  EXPECT_EQ(far_->heard, all);
  EXPECT_LT(far_->received, plain / 4);
}

TEST_F(deflating, a_peer_that_keeps_its_context_is_understood) {
  websocket::deflate_parameters agreed;
  agreed.server_no_context_takeover = true;
  serve([this](connection& peer) { return echo(peer, notes_); }, agreed);
  far_->expect_deflate();
  websocket::deflater ours(websocket::context_takeover::yes);
  const auto first = deflated(ours, role::client, compressible(1'000));
  const auto second = deflated(ours, role::client, compressible(1'000));
  ASSERT_LT(second.size(), first.size() / 2) << "the second does not look back to the first";
  far_->write(first);
  loop_.settle();
  far_->write(second);
  loop_.settle();
  EXPECT_EQ(far_->heard, (words{"text " + compressible(1'000), "text " + compressible(1'000)}));
}

TEST_F(deflating, a_peer_with_a_small_window_gets_its_messages_as_they_are) {
  websocket::deflate_parameters agreed = websocket::stateless_deflate;
  agreed.server_max_window_bits = 9;
  auto& peer = serve([this](connection& held) { return echo(held, notes_); }, agreed);
  EXPECT_FALSE(peer.compresses());
  websocket::deflater ours(websocket::context_takeover::no);
  far_->write(deflated(ours, role::client, compressible(5'000)));
  loop_.settle();
  EXPECT_EQ(far_->heard, words{"text " + compressible(5'000)});
}

TEST_F(deflating, a_bomb_is_refused_while_it_inflates) {
  serve([this](connection& peer) { return listen(peer, notes_); }, websocket::stateless_deflate);
  websocket::deflater ours(websocket::context_takeover::no);
  const auto bomb = deflated(ours, role::client, std::string(50 * 1024 * 1024, '0'));
  ASSERT_LT(bomb.size(), 64 * 1024U);
  far_->write(bomb);
  loop_.settle();
  ASSERT_EQ(far_->heard.size(), 1U);
  EXPECT_TRUE(far_->heard[0].starts_with("close 1009 ")) << far_->heard[0];
  EXPECT_TRUE(notes_.heard.empty());
}

TEST_F(deflating, what_is_no_deflate_is_refused) {
  serve([this](connection& peer) { return listen(peer, notes_); }, websocket::stateless_deflate);
  std::vector<std::byte> frame;
  websocket::append_frame(frame, role::client, {opcode::text, as_bytes("\xff\xff\xff\xff"), true});
  far_->write(frame);
  loop_.settle();
  ASSERT_EQ(far_->heard.size(), 1U);
  EXPECT_TRUE(far_->heard[0].starts_with("close 1007 ")) << far_->heard[0];
}

TEST(shared_frame, holds_each_message_in_both_forms_and_makes_each_once) {
  std::vector<std::byte> batch;
  for (const auto& said : {compressible(500), std::string("short"), compressible(700)}) {
    websocket::append_frame(batch, role::server, {opcode::text, as_bytes(said)});
  }
  const shared_frame frames(shared_buffer::copy_of(batch));
  EXPECT_EQ(frames.plain().size(), batch.size());
  const auto& small = frames.compressed();
  EXPECT_LT(small.size(), frames.plain().size() / 2);
  EXPECT_EQ(small.view().data(), frames.compressed().view().data()) << "compressed a second time";
}

}  // namespace
}  // namespace peregrine
