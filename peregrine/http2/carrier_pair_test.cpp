// Two carriers of ours, a client's and a server's, over a way with faults.
#include "peregrine/http2/carrier.hpp"
#include "peregrine/http2/wire_test.hpp"
#include "peregrine/net/memory_stream.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>
#include <utility>

namespace peregrine::http2 {
namespace {

using namespace by_hand;
using codes = std::vector<int>;

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
