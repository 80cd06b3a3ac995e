#include "peregrine/chat/session.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/net/memory_stream.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/manual_poller.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace peregrine::chat {
namespace {

using namespace std::chrono_literals;
using websocket::close_code;
using words = std::vector<std::string>;

task<dialed> nobody_listens() {
  co_return dialed{{}, dial_failure{dial_failure::kind::refused, ECONNREFUSED, "nobody listens there"}, {}};
}

// A person, a server with a room, and the way between them, all in memory.
class room_and_person : public testing::Test {
 protected:
  room_and_person() { log::configure({.threshold = log::level::off}); }
  ~room_and_person() override {
    door_.abort_all();
    loop_.settle();
  }

  task<dialed> dial() {
    ++dials_;
    if (!server_is_there_) return nobody_listens();
    auto [ours, theirs] = memory_stream::make_pair();
    way_ = ours;
    door_.accept(stream_ptr(theirs));
    return peregrine::dial(stream_ptr(ours), asking_, home_);
  }

  task<> serve(connection& peer) {
    auto seat = rooms_.join(peer.request().path, peer);
    while (const auto* said = co_await peer.receive()) {
      taken_.emplace_back(said->text());
      co_await seat.publish(*said);
    }
  }

  void come() {
    person_.start();
    loop_.settle();
  }
  void lose_the_server() {
    server_is_there_ = false;
    way_->break_off(ECONNRESET);
    loop_.settle();
  }
  bool has_failed() const { return person_.outcome() && !*person_.outcome(); }
  bool has_succeeded() const { return person_.outcome() && *person_.outcome(); }

  manual_reactor loop_;
  hub rooms_;
  acceptor door_{{}, [this](connection& peer) { return serve(peer); }};
  client_endpoint home_;
  dial_options asking_{.to = {}, .source = {}, .ask = {.target = "/", .host = "localhost"}};
  memory_stream* way_ = nullptr;
  bool server_is_there_ = true;
  int dials_ = 0, asked_for_more_ = 0, told_of_end_ = 0;
  words taken_, heard_;
  session person_{{.dial = [this] { return dial(); },
                   .hear = [this](const message& said) { heard_.emplace_back(said.text()); },
                   .want_more = [this] { ++asked_for_more_; },
                   .tell_end = [this] { ++told_of_end_; },
                   .retry = backoff([] { return 0.0; })}};
};

TEST_F(room_and_person, what_is_said_is_heard_by_the_one_who_said_it_too) {
  come();
  person_.say("one");
  person_.say("two");
  loop_.settle();
  EXPECT_EQ(taken_, (words{"one", "two"}));
  EXPECT_EQ(heard_, (words{"one", "two"}));
  EXPECT_FALSE(person_.outcome());
}

TEST_F(room_and_person, what_is_said_before_the_door_opens_is_sent_when_it_does) {
  person_.say("early");
  come();
  EXPECT_EQ(taken_, (words{"early"}));
}

TEST_F(room_and_person, the_end_of_speech_delivers_all_and_closes_with_1000) {
  come();
  for (int i = 0; i < 500; ++i) person_.say(std::string(1000, 'x'));
  person_.end_of_speech();
  EXPECT_FALSE(person_.outcome()) << "before the server has answered the close";
  loop_.settle();
  EXPECT_EQ(taken_.size(), 500U);
  EXPECT_TRUE(has_succeeded());
  EXPECT_EQ(told_of_end_, 1);
  EXPECT_EQ(door_.counts.closed, (std::map<std::uint16_t, std::uint64_t>{{1000, 1}}));
}

TEST_F(room_and_person, a_first_dial_that_fails_is_final_and_says_why) {
  server_is_there_ = false;
  come();
  ASSERT_TRUE(has_failed());
  EXPECT_EQ(person_.outcome()->error().message, "nobody listens there");
  loop_.advance(60s);
  EXPECT_EQ(dials_, 1);
}

TEST_F(room_and_person, comes_back_after_waits_that_double) {
  come();
  lose_the_server();
  EXPECT_EQ(dials_, 1);
  loop_.advance(400ms);
  EXPECT_EQ(dials_, 1) << "not before half a second";
  loop_.advance(300ms);
  EXPECT_EQ(dials_, 2);
  loop_.advance(900ms);
  EXPECT_EQ(dials_, 2) << "and then not before another second";
  loop_.advance(500ms);
  EXPECT_EQ(dials_, 3);
  server_is_there_ = true;
  loop_.advance(3s);
  EXPECT_EQ(dials_, 4);
  person_.say("back");
  loop_.settle();
  EXPECT_EQ(heard_, (words{"back"}));
}

TEST_F(room_and_person, a_server_that_lets_in_and_throws_out_is_not_hammered) {
  come();
  for (int i = 0; i < 10; ++i) {  // ten times thrown out at once: half of 1 + 2 + 4 + 8 + 16 + 30 + … seconds
    door_.abort_all();
    loop_.advance(1s);
  }
  EXPECT_GE(dials_, 3);
  EXPECT_LE(dials_, 5);
}

TEST_F(room_and_person, a_long_stay_makes_the_next_wait_short_again) {
  come();
  for (const auto stay : {0s, 0s, 0s, 11s}) {
    loop_.advance(stay);
    way_->break_off(ECONNRESET);
    const auto before = dials_;
    while (dials_ == before) loop_.advance(100ms);
  }
  way_->break_off(ECONNRESET);
  loop_.advance(1200ms);  // the second wait after the long stay: one second
  EXPECT_EQ(dials_, 6);
}

TEST_F(room_and_person, what_is_said_while_away_is_sent_on_return_in_order) {
  come();
  lose_the_server();
  person_.say("one");
  person_.say("two");
  server_is_there_ = true;
  loop_.advance(2s);
  EXPECT_EQ(taken_, (words{"one", "two"}));
}

TEST_F(room_and_person, what_is_kept_is_bounded_and_there_is_room_again_on_return) {
  come();
  lose_the_server();
  int said = 0;
  for (; person_.has_room(); ++said) person_.say(std::string(1000, 'x'));
  EXPECT_LT(said, 300);
  EXPECT_EQ(asked_for_more_, 0);
  server_is_there_ = true;
  loop_.advance(2s);
  EXPECT_EQ(asked_for_more_, 1);
  EXPECT_TRUE(person_.has_room());
  EXPECT_EQ(taken_.size(), static_cast<std::size_t>(said));
}

TEST_F(room_and_person, the_end_of_speech_while_away_waits_for_what_is_kept) {
  come();
  lose_the_server();
  person_.say("last words");
  person_.end_of_speech();
  EXPECT_FALSE(person_.outcome());
  server_is_there_ = true;
  loop_.advance(2s);
  EXPECT_EQ(taken_, (words{"last words"}));
  EXPECT_TRUE(has_succeeded());
}

TEST_F(room_and_person, the_end_of_speech_while_away_with_nothing_kept_is_the_end) {
  come();
  lose_the_server();
  person_.end_of_speech();
  EXPECT_TRUE(has_succeeded());
  loop_.advance(60s);
  EXPECT_EQ(dials_, 1);
}

TEST_F(room_and_person, a_farewell_of_the_server_is_the_end) {
  come();
  door_.close_all(close_code::normal, "closing time");
  loop_.settle();
  EXPECT_TRUE(has_succeeded());
  EXPECT_EQ(dials_, 1);
}

TEST_F(room_and_person, a_server_that_restarts_is_waited_for_as_long_as_it_asks) {
  come();
  door_.close_all(close_code::service_restart, "the server restarts; come back in 7.5s");
  loop_.advance(7s);
  EXPECT_EQ(dials_, 1);
  loop_.advance(1s);
  EXPECT_EQ(dials_, 2);
  door_.close_all(close_code::service_restart, "the server restarts");
  loop_.advance(1s);
  EXPECT_EQ(dials_, 3) << "what it asked for counted as no try";
  door_.close_all(close_code::going_away, "come back in 100s");
  loop_.advance(2s);
  EXPECT_EQ(dials_, 4) << "who goes away does not know";
}

TEST_F(room_and_person, a_server_that_goes_away_is_waited_for) {
  come();
  door_.close_all(close_code::going_away, "restart");
  loop_.settle();
  EXPECT_FALSE(person_.outcome());
  loop_.advance(1s);
  EXPECT_EQ(dials_, 2);
}

TEST_F(room_and_person, leaving_waits_for_the_server) {
  come();
  person_.say("bye");
  person_.leave();
  EXPECT_FALSE(person_.outcome());
  loop_.settle();
  EXPECT_TRUE(has_succeeded());
  EXPECT_EQ(taken_, (words{"bye"}));
}

TEST_F(room_and_person, a_server_that_dies_instead_of_answering_the_close_may_have_lost_the_last_lines) {
  come();
  person_.say("last words");
  way_->break_off(ECONNRESET);
  person_.end_of_speech();
  loop_.settle();
  ASSERT_TRUE(has_failed());
  EXPECT_EQ(person_.outcome()->error().message,
            "the connection ended before the server answered our close, so that the last lines may not have arrived");
}

TEST_F(room_and_person, a_server_that_does_not_answer_the_close_in_time_may_have_lost_the_last_lines) {
  come();
  way_->set_faults({.capacity = 0});  // it reads no more
  person_.say("last words");
  person_.end_of_speech();
  loop_.advance(4s);
  EXPECT_FALSE(person_.outcome());
  loop_.advance(2s);
  EXPECT_TRUE(has_failed());
  EXPECT_TRUE(taken_.empty());
}

TEST_F(room_and_person, leaving_twice_does_not_wait) {
  come();
  person_.leave();
  person_.leave();
  EXPECT_TRUE(has_failed());
}

TEST_F(room_and_person, leaving_while_away_ends_at_once_and_tells_what_was_not_sent) {
  come();
  lose_the_server();
  person_.say("unsent");
  person_.leave();
  ASSERT_TRUE(has_failed());
  EXPECT_EQ(person_.outcome()->error().message, "left with a line unsent");
}

}  // namespace
}  // namespace peregrine::chat
