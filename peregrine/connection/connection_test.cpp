#include "peregrine/connection/connection.hpp"

#include "peregrine/connection/live_test.hpp"
#include "peregrine/runtime/scope.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace peregrine {
namespace {

using websocket::close_code;
using websocket::opcode;
using receiving = live;
using sending = live;

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

}  // namespace
}  // namespace peregrine
