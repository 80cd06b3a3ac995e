// The dialer against our own acceptor, both on real sockets of the loopback network in one reactor.
#include "peregrine/connection/dialer.hpp"

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/runtime/scope.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace peregrine {
namespace {

task<> echo(connection& peer) {
  while (const auto* said = co_await peer.receive()) co_await peer.send(*said);
}

class dialers : public testing::Test {
 protected:
  dialers() : dialers(accept_options()) {}
  explicit dialers(accept_options accepting) : server_(std::move(accepting), echo) {
    options_.dial.to = *server_.listen(*address::from_numbers("127.0.0.1", 0));
    options_.dial.ask.target = "/room";
    options_.dial.ask.host = "localhost";
    options_.version = http_version::http2;
  }
  ~dialers() override {
    members_.clear();
    dialer_.reset();
    server_.stop_listening();
    server_.abort_all();
    while (!server_.is_idle()) loop_.run_turn();
    while (loop_.run_turn(false)) {
    }
  }

  // So many at once.
  void open(std::size_t count) {
    if (!dialer_) dialer_.emplace(options_, home_);
    std::size_t done = 0;
    {
      scope all;
      for (std::size_t i = 0; i < count; ++i) all.spawn(open_one(done));
      while (done < count) loop_.run_turn();  // NOLINT(bugprone-infinite-loop): they count
    }
    settle();
  }

  task<> open_one(std::size_t& done) {
    auto came = co_await dialer_->dial();
    if (came.failure) {
      failures_.push_back(came.failure->message);
    } else {
      members_.push_back(std::move(came.opened));
    }
    ++done;
  }

  task<> say(connection& member, std::string& heard) {
    co_await member.send(message::text("hello"));
    const auto* said = co_await member.receive();
    heard = said ? said->text() : "nothing";
  }

  void settle() {
    for (int i = 0; i < 50; ++i) loop_.run_turn(false);
  }

  reactor loop_;
  acceptor server_;
  client_endpoint home_;
  dialer_options options_;
  std::optional<dialer> dialer_;
  std::vector<connection_ptr> members_;
  std::vector<std::string> failures_;
};

TEST_F(dialers, fill_a_connection_and_then_open_the_next) {
  options_.streams = 10;
  open(25);
  EXPECT_EQ(members_.size(), 25U);
  EXPECT_EQ(dialer_->carriers_opened(), 3U);
  EXPECT_EQ(server_.http2_connections(), 3U);
  EXPECT_EQ(server_.counts.live, 25U);
  EXPECT_TRUE(members_[0]->is_http2());
  for (const auto& each : members_) {
    std::string heard;
    scope talk;
    talk.spawn(say(*each, heard));
    while (heard.empty()) loop_.run_turn();
    EXPECT_EQ(heard, "hello");
  }
}

TEST_F(dialers, take_the_place_of_those_who_left) {
  options_.streams = 10;
  open(20);
  members_.erase(members_.begin() + 3, members_.begin() + 9);
  while (server_.counts.live > 14) loop_.run_turn();
  settle();
  open(6);
  EXPECT_EQ(server_.counts.live, 20U);
  EXPECT_EQ(dialer_->carriers_opened(), 2U);
}

TEST_F(dialers, speak_http1_in_the_clear_unless_told_otherwise) {
  options_.version = http_version::automatic;
  open(3);
  EXPECT_EQ(members_.size(), 3U);
  EXPECT_EQ(dialer_->version(), http_version::http1);
  EXPECT_EQ(server_.http2_connections(), 0U);
  EXPECT_FALSE(members_[0]->is_http2());
}

TEST_F(dialers, tell_everybody_in_line_that_nobody_listens) {
  server_.stop_listening();
  open(5);
  EXPECT_EQ(failures_.size(), 5U);
  EXPECT_NE(failures_.at(0).find("refused"), std::string::npos) << failures_.at(0);
}

TEST_F(dialers, let_nobody_wait_behind_those_whose_connection_failed) {
  options_.streams = 2;
  server_.stop_listening();
  open(7);
  ASSERT_EQ(failures_.size(), 7U);
  for (const auto& each : failures_) EXPECT_NE(each.find("refused"), std::string::npos) << each;
}

TEST_F(dialers, tell_a_status_that_is_no_acceptance) {
  options_.dial.ask.origin = "http://elsewhere.example";
  open(1);
  ASSERT_EQ(failures_.size(), 1U);
  EXPECT_NE(failures_[0].find("403"), std::string::npos) << failures_[0];
}

accept_options with_few_streams() {
  accept_options made;
  made.max_streams = 4;
  return made;
}

struct few_streams : dialers {
  few_streams() : dialers(with_few_streams()) {}
};

TEST_F(few_streams, are_what_the_server_allows) {
  open(10);
  EXPECT_EQ(members_.size(), 10U);
  EXPECT_EQ(dialer_->carriers_opened(), 3U);
}

TEST_F(dialers, end_all_that_they_carry_when_they_go) {
  open(5);
  dialer_.reset();
  settle();
  for (const auto& each : members_) EXPECT_EQ(each->code(), websocket::close_code::abnormal);
}

}  // namespace
}  // namespace peregrine
