#include "peregrine/connection/acceptor.hpp"

#include "peregrine/connection/peers_test.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <list>

namespace peregrine {
namespace {

using namespace std::chrono_literals;
using websocket::close_code;
using websocket::opcode;
using words = std::vector<std::string>;

constexpr std::string_view good_head =
    "GET /room?x=1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

std::string changed(std::string_view from, std::string_view to) {
  std::string head(good_head);
  return head.replace(head.find(from), from.size(), to);
}

task<> echo(connection& peer, std::string& path) {
  path = peer.request().path;
  while (const auto* said = co_await peer.receive()) co_await peer.send(*said);
}

class door : public testing::Test {
 protected:
  door() : bystander_(enter()) {
    bystander_.expect_head();
    bystander_.write(good_head);
    loop_.settle();
    expect_bystander_is_served();
  }
  ~door() override {
    expect_bystander_is_served();
    peers_.clear();
    loop_.settle();
    EXPECT_TRUE(acceptor_.is_idle());
  }

  far_end& enter() {
    const auto [near, far] = memory_stream::make_pair();
    acceptor_.accept(stream_ptr(near));
    carried_ = far;
    return peers_.emplace_back(far);
  }

  void expect_bystander_is_served() {
    if (!bystander_.heard.empty() && bystander_.heard[0].starts_with("close")) return;
    bystander_.text("hello");
    loop_.settle();
    EXPECT_EQ(bystander_.take_heard(), words{"text hello"});
  }

  static accept_options options() {
    accept_options made;
    made.max_head = 2'000;
    made.handshake.subprotocols = {"chat"};
    made.max_content = 100;
    made.ordinary = [](const http::request& asked, std::string_view content) {
      return http::answer{.status = 202, .body = std::string(asked.path) + " has " + std::string(content)};
    };
    made.refuse_opening = [](const http::request& asked) -> std::optional<http::answer> {
      if (asked.path != "/closed") return std::nullopt;
      return http::answer{.status = 401, .body = "This room is closed.", .head = {{"WWW-Authenticate", "Bearer"}}};
    };
    return made;
  }

  manual_reactor loop_;
  std::string path_;
  acceptor acceptor_{options(), [this](connection& peer) { return echo(peer, path_); }};
  std::list<far_end> peers_;
  memory_stream* carried_ = nullptr;
  far_end& bystander_;
};

// A proper response that closes: status line, a body of one plain sentence, and just as long as it says.
void expect_refusal(const far_end& peer, int status) {
  const auto& all = peer.head;
  EXPECT_TRUE(all.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << all;
  const auto end_of_head = all.find("\r\n\r\n");
  ASSERT_NE(end_of_head, std::string::npos) << all;
  const auto body = all.substr(end_of_head + 4);
  EXPECT_NE(all.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n"), std::string::npos) << all;
  EXPECT_NE(all.find("\r\nContent-Type: text/plain; charset=utf-8\r\n"), std::string::npos) << all;
  EXPECT_NE(all.find("\r\nConnection: "), std::string::npos) << all;
  EXPECT_TRUE(body.ends_with(".\n")) << body;
  EXPECT_EQ(peer.end, 0);
}

TEST_F(door, opens_and_echoes) {
  auto& peer = enter();
  peer.expect_head();
  peer.write(good_head);
  peer.text("one");
  loop_.settle();
  EXPECT_TRUE(peer.head.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << peer.head;
  EXPECT_NE(peer.head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos) << peer.head;
  EXPECT_EQ(peer.heard, words{"text one"});
  EXPECT_EQ(path_, "/room");
}

TEST_F(door, takes_a_head_and_what_is_behind_it_however_they_are_cut) {
  const auto frame = far_end::encoded(websocket::role::client, opcode::text, "behind the head");
  const std::string all = std::string(good_head) + std::string(as_text(frame));
  for (std::size_t piece = 1; piece <= all.size(); piece += piece < 10 ? 1 : 37) {
    auto& peer = enter();
    carried_->set_faults({.piece = piece});
    peer.expect_head();
    peer.write(all);
    loop_.settle();
    EXPECT_EQ(peer.heard, words{"text behind the head"}) << piece;
  }
}

TEST_F(door, tells_the_subprotocol) {
  auto& peer = enter();
  peer.expect_head();
  peer.write(changed("\r\n\r\n", "\r\nSec-WebSocket-Protocol: other, chat\r\n\r\n"));
  loop_.settle();
  EXPECT_NE(peer.head.find("Sec-WebSocket-Protocol: chat\r\n"), std::string::npos) << peer.head;
}

TEST_F(door, refuses_with_a_status_and_a_sentence) {
  std::string many_fields;
  for (int i = 0; i < 70; ++i) many_fields += "a: b\r\n";
  const std::vector<std::pair<int, std::string>> cases{
      {400, "this is no HTTP\r\n\r\n"},
      {400, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9)},  // a TLS hello
      {400, changed("Host: localhost\r\n", "")},
      {400, changed("Host: localhost\r\n", "Host: one\r\nHost: two\r\n")},
      {400, changed("dGhlIHNhbXBsZSBub25jZQ==", "too short")},
      {400, changed("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")},
      {400, changed("HTTP/1.1", "HTTP/1.0")},
      {400, changed("/room", "/\xff")},
      {403, changed("\r\n\r\n", "\r\nOrigin: http://elsewhere.example\r\n\r\n")},
      {405, changed("GET", "POST")},
      {426, changed("Upgrade: websocket\r\n", "")},
      {426, changed("Version: 13", "Version: 8")},
      {431, changed("\r\n\r\n", "\r\nCookie: " + std::string(3'000, 'c') + "\r\n\r\n")},
      {431, changed("\r\n\r\n", "\r\n" + many_fields + "\r\n\r\n")},
      {431, "GET /" + std::string(10'000, 'x')},  // a head that never ends
      {505, changed("HTTP/1.1", "HTTP/3.0")},
  };
  for (const auto& [status, head] : cases) {
    for (const std::size_t piece : {std::size_t{1}, head.size()}) {
      const auto before = acceptor_.refused().contains(status) ? acceptor_.refused().at(status) : 0;
      auto& peer = enter();
      peer.expect_head();
      carried_->set_faults({.piece = piece});
      peer.write(head);
      loop_.settle();
      SCOPED_TRACE(head.substr(0, 300));
      expect_refusal(peer, status);
      EXPECT_EQ(acceptor_.refused().at(status), before + 1);
      EXPECT_TRUE(peer.heard.empty());
      expect_bystander_is_served();
    }
  }
  for (const auto& each : peers_) {
    if (each.head.starts_with("HTTP/1.1 426")) {
      EXPECT_NE(each.head.find("\r\nUpgrade: websocket\r\n"), std::string::npos) << each.head;
    }
    if (each.head.starts_with("HTTP/1.1 405")) {
      EXPECT_NE(each.head.find("\r\nAllow: GET\r\n"), std::string::npos) << each.head;
    }
  }
}

TEST_F(door, answers_an_ordinary_request_with_its_content_however_it_is_cut) {
  const std::string all = "POST /letters?x HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello thereand more";
  for (std::size_t piece = 1; piece <= all.size(); piece += 3) {
    auto& peer = enter();
    carried_->set_faults({.piece = piece});
    peer.expect_head();
    peer.write(all);
    loop_.settle();
    EXPECT_TRUE(peer.head.starts_with("HTTP/1.1 202 Accepted\r\n")) << peer.head;
    EXPECT_TRUE(peer.head.ends_with("\r\n\r\n/letters has hello there")) << peer.head;
    EXPECT_NE(peer.head.find("\r\nContent-Length: 24\r\n"), std::string::npos) << peer.head;
    EXPECT_EQ(peer.end, 0);
  }
}

TEST_F(door, an_answer_to_HEAD_has_the_length_alone) {
  auto& peer = enter();
  peer.expect_head();
  peer.write("HEAD /letters HTTP/1.1\r\nHost: a\r\n\r\n");
  loop_.settle();
  EXPECT_NE(peer.head.find("\r\nContent-Length: 13\r\n"), std::string::npos) << peer.head;
  EXPECT_TRUE(peer.head.ends_with("\r\n\r\n")) << peer.head;
}

TEST_F(door, takes_no_content_that_is_too_long_or_of_unknown_length_or_never_comes) {
  const std::vector<std::pair<int, std::string>> cases{
      {411, "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
      {413, "Content-Length: 101\r\n\r\n" + std::string(101, 'x')},
      {408, "Content-Length: 5\r\n\r\nhell"},
  };
  for (const auto& [status, rest] : cases) {
    auto& peer = enter();
    peer.expect_head();
    peer.write("POST /letters HTTP/1.1\r\nHost: a\r\n" + rest);
    loop_.settle();
    if (status == 408) loop_.advance(12s);
    expect_refusal(peer, status);
  }
}

TEST_F(door, sees_an_answer_off_to_who_reads_slowly) {
  auto& peer = enter();
  carried_->set_faults({.piece = 7});
  peer.expect_head();
  peer.write("GET /" + std::string(1'500, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  loop_.settle();
  EXPECT_TRUE(peer.head.ends_with("xxx has ")) << peer.head;
  EXPECT_EQ(peer.end, 0);
}

TEST_F(door, is_shut_to_whom_its_owner_refuses) {
  auto& peer = enter();
  peer.expect_head();
  peer.write(changed("/room?x=1", "/closed"));
  loop_.settle();
  expect_refusal(peer, 401);
  EXPECT_NE(peer.head.find("\r\nWWW-Authenticate: Bearer\r\n"), std::string::npos) << peer.head;
}

TEST_F(door, close_all_drops_who_has_not_said_all) {
  auto& peer = enter();
  peer.write("POST /letters HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell");
  loop_.settle();
  EXPECT_EQ(peer.end, -1);
  acceptor_.close_all(close_code::going_away, "going");
  loop_.settle();
  EXPECT_EQ(peer.end, 0);
  EXPECT_EQ(peer.received, 0U);
  bystander_.close_with(close_code::going_away);
  loop_.settle();
}

TEST_F(door, says_408_to_a_head_that_does_not_come_to_its_end_in_time) {
  auto& peer = enter();
  peer.expect_head();
  for (int i = 0; i < 9; ++i) {
    peer.write(good_head.substr(static_cast<std::size_t>(i), 1));
    loop_.advance(1s);
    EXPECT_EQ(peer.end, -1);
  }
  loop_.advance(3s);
  expect_refusal(peer, 408);
}

TEST_F(door, lets_go_of_who_says_nothing_and_of_who_was_refused_and_stays) {
  auto& silent = enter();
  auto& refused = enter();
  refused.expect_head();
  refused.write("nonsense\r\n\r\n");
  loop_.settle();
  for (int i = 0; i < 50; ++i) refused.write("and more of it\r\n");
  loop_.advance(15s);
  EXPECT_EQ(silent.end, 0);
  EXPECT_EQ(silent.received, 0U);
  EXPECT_EQ(acceptor_.counts.live, 1U);
  expect_refusal(refused, 400);
}

TEST_F(door, forgets_who_leaves_in_the_middle_of_a_head) {
  auto& peer = enter();
  peer.write(good_head.substr(0, 40));
  loop_.settle();
  peer.leave();
  auto& broken = enter();
  broken.write(good_head.substr(0, 40));
  carried_->break_off(ECONNRESET);
  loop_.settle();
  EXPECT_TRUE(acceptor_.refused().empty());
  EXPECT_EQ(acceptor_.counts.opened, 1U);
}

TEST_F(door, close_all_closes_everyone_and_drops_half_made_handshakes) {
  auto& half = enter();
  half.write(good_head.substr(0, 40));
  auto& peer = enter();
  peer.expect_head();
  peer.write(good_head);
  loop_.settle();
  EXPECT_FALSE(acceptor_.is_idle());
  acceptor_.close_all(close_code::going_away, "going");
  loop_.settle();
  EXPECT_EQ(half.end, 0);
  EXPECT_EQ(peer.heard, words{"close 1001 going"});
  EXPECT_EQ(bystander_.heard, words{"close 1001 going"});
  peer.close_with(close_code::going_away);
  loop_.settle();
  EXPECT_EQ(peer.end, 0);
  EXPECT_FALSE(acceptor_.is_idle());
  acceptor_.abort_all();
  loop_.settle();
  EXPECT_TRUE(acceptor_.is_idle());
}

TEST_F(door, closes_some_after_the_others_and_each_once) {
  for (int i = 0; i < 2'000; ++i) {
    auto& peer = enter();
    peer.expect_head();
    peer.write(good_head);
  }
  loop_.settle();
  std::size_t closed = 0;
  std::size_t reasons = 0;
  while (const auto some = acceptor_.close_some(300, close_code::service_restart, [&] {
    ++reasons;
    return std::string("come back");
  })) {
    EXPECT_LE(some, 300U);
    closed += some;
    loop_.settle();
  }
  EXPECT_EQ(closed, 2'001U) << "the bystander is one of them";
  EXPECT_EQ(reasons, closed);
  for (const auto& each : peers_) EXPECT_EQ(each.heard, words{"close 1012 come back"});
  // Who comes behind the place where it stopped, or before it, is found all the same.
  for (int i = 0; i < 10; ++i) {
    auto& peer = enter();
    peer.expect_head();
    peer.write(good_head);
  }
  loop_.settle();
  std::size_t found = 0;
  for (int i = 0; i < 3; ++i) {
    found += acceptor_.close_some(100, close_code::service_restart, [] { return std::string("come back"); });
  }
  EXPECT_EQ(found, 10U);
}

}  // namespace
}  // namespace peregrine
