#include "peregrine/connection/dial.hpp"

#include "peregrine/connection/peers_test.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace peregrine {
namespace {

using namespace std::chrono_literals;
using websocket::close_code;
using websocket::role;
using words = std::vector<std::string>;
using kind = dial_failure::kind;

// What came of a dial, and what was heard on the connection until it ended.
struct story {
  bool is_over = false;
  std::optional<dial_failure> failure;
  std::string subprotocol;
  words heard;
  int code = 0;
};

task<> converse(stream_ptr carried, const dial_options& options, client_endpoint& home, story& told, bool hang_up) {
  auto made = co_await dial(std::move(carried), options, home);
  told.failure = made.failure;
  told.subprotocol = made.subprotocol;
  if (made.opened && !hang_up) {
    co_await made.opened->send(message::text("hello"));
    while (const auto* said = co_await made.opened->receive()) told.heard.emplace_back(said->text());
    told.code = static_cast<int>(made.opened->code());
  }
  made.opened.reset();
  told.is_over = true;
}

// A server whose answers are scripted.
class dialling : public testing::Test, private completion {
 protected:
  dialling() {
    options_.ask.host = "localhost";
    options_.ask.target = "/room";
  }
  ~dialling() override {
    server_.reset();
    loop_.settle();
    EXPECT_EQ(home_.counts.live, 0U);
  }

  void start(bool hang_up = false) {
    const auto [near, far] = memory_stream::make_pair();
    near_ = near;
    server_.emplace(far, role::server);
    server_->expect_head();
    converse(stream_ptr(near), options_, home_, told_, hang_up).start(*this);
    loop_.settle();
  }
  std::string acceptance(std::string_view extra = {}) const {
    const auto at = server_->head.find("Sec-WebSocket-Key: ");
    websocket::accepted agreed;
    agreed.key = std::string_view(server_->head).substr(at + 19, 24);
    std::string answer;
    websocket::append_acceptance(answer, agreed);
    answer.insert(answer.size() - 2, extra);
    return answer;
  }
  void expect_failure(kind why, int code, std::string_view part) {
    ASSERT_TRUE(told_.failure);
    EXPECT_EQ(told_.failure->why, why);
    EXPECT_EQ(told_.failure->code, code);
    EXPECT_NE(told_.failure->message.find(part), std::string::npos) << told_.failure->message;
    EXPECT_TRUE(told_.is_over);
    EXPECT_EQ(home_.counts.opened, 0U);
  }

  manual_reactor loop_;
  client_endpoint home_;
  dial_options options_;
  story told_;
  memory_stream* near_ = nullptr;
  std::optional<far_end> server_;

 private:
  void on_finished(std::exception_ptr failure) noexcept override { EXPECT_FALSE(failure); }
};

std::string frame(std::string_view said) {
  return std::string(as_text(far_end::encoded(role::server, websocket::opcode::text, said)));
}
std::string close_frame() {
  return std::string(as_text(far_end::encoded(role::server, websocket::opcode::close,
                                              as_text(websocket::close_payload(close_code::normal).view()))));
}

TEST_F(dialling, asks_as_it_should_and_hears_what_stands_behind_the_answer) {
  options_.ask.subprotocols = {"chat"};
  start();
  EXPECT_TRUE(server_->head.starts_with("GET /room HTTP/1.1\r\nHost: localhost\r\n")) << server_->head;
  server_->write(acceptance("Sec-WebSocket-Protocol: chat\r\n") + frame("one") + frame("two") + close_frame());
  loop_.settle();
  EXPECT_FALSE(told_.failure);
  EXPECT_EQ(told_.subprotocol, "chat");
  EXPECT_EQ(told_.heard, (words{"one", "two"}));
  EXPECT_TRUE(told_.is_over);
  EXPECT_EQ(server_->heard, (words{"text hello", "close 1000 "}));
  EXPECT_EQ(server_->end, 0);
  EXPECT_EQ(told_.code, 1000);
  EXPECT_EQ(home_.counts.closed[1000], 1U);
}

TEST_F(dialling, takes_an_answer_a_byte_at_a_time) {
  start();
  const auto all = acceptance() + frame("one");
  for (const char each : all) {
    server_->write(std::string_view(&each, 1));
    loop_.settle();
  }
  EXPECT_EQ(told_.heard, words{"one"});
  near_->break_off(ECONNRESET);
  loop_.settle();
  EXPECT_EQ(told_.code, 1006);
}

TEST_F(dialling, a_connection_that_is_let_go_is_torn_down) {
  start(true);
  server_->write(acceptance() + frame("unheard"));
  loop_.settle();
  EXPECT_TRUE(told_.is_over);
  EXPECT_FALSE(told_.failure);
  EXPECT_EQ(server_->end, 0);
  EXPECT_EQ(home_.counts.live, 0U);
}

TEST_F(dialling, a_frame_that_is_masked_by_a_server_breaks_the_rules) {
  start();
  server_->write(acceptance() +
                 std::string(as_text(far_end::encoded(role::client, websocket::opcode::text, "masked"))));
  loop_.settle();
  EXPECT_TRUE(told_.is_over);
  EXPECT_EQ(told_.code, 1002);
}

TEST_F(dialling, times_out) {
  start();
  server_->write("HTTP/1.1 101 Switching");
  loop_.advance(9s);
  EXPECT_FALSE(told_.is_over);
  loop_.advance(3s);
  expect_failure(kind::timeout, 0, "in time");
  EXPECT_EQ(server_->end, 0);
}

TEST_F(dialling, tells_the_status_that_was_answered_instead) {
  start();
  server_->write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
  loop_.settle();
  expect_failure(kind::status, 503, "503");
}

TEST_F(dialling, tells_an_answer_that_is_no_handshake) {
  start();
  server_->write("SSH-2.0-OpenSSH_9.2\r\n");
  loop_.settle();
  expect_failure(kind::handshake, 0, "the answer is no HTTP/1.1");
}

TEST_F(dialling, tells_an_acceptance_of_another_key) {
  start();
  auto answer = acceptance();
  answer.replace(answer.find("Sec-WebSocket-Accept: ") + 22, 4, "AAAA");
  server_->write(answer);
  loop_.settle();
  expect_failure(kind::handshake, 101, "Sec-WebSocket-Accept");
}

TEST_F(dialling, tells_a_server_that_hangs_up) {
  start();
  server_->leave();
  loop_.settle();
  expect_failure(kind::reset, 0, "before it answered");
}

TEST_F(dialling, tells_what_broke_by_its_kind) {
  const std::vector<std::pair<int, kind>> cases{{ECONNRESET, kind::reset},
                                                {ECONNREFUSED, kind::refused},
                                                {ETIMEDOUT, kind::timeout},
                                                {EADDRNOTAVAIL, kind::limit},
                                                {EHOSTUNREACH, kind::unreachable}};
  for (const auto& [code, why] : cases) {
    told_ = {};
    start();
    near_->break_off(code);
    loop_.settle();
    expect_failure(why, code, "");
  }
}

task<> dial_nobody(const dial_options& options, client_endpoint& home, story& told) {
  auto made = co_await dial(options, home);
  told.failure = made.failure;
  told.is_over = true;
}

TEST(dialling_tcp, tells_a_source_that_is_not_ours) {
  struct ignore final : completion {
    void on_finished(std::exception_ptr) noexcept override {}
  } nobody;
  reactor loop;
  client_endpoint home;
  dial_options options;
  options.to = *address::from_numbers("127.0.0.1", 9);
  options.source = *address::from_numbers("192.0.2.1", 0);
  story told;
  dial_nobody(options, home, told).start(nobody);
  loop.run_turn(false);
  ASSERT_TRUE(told.is_over);
  EXPECT_EQ(told.failure->why, kind::limit);
  EXPECT_EQ(told.failure->code, EADDRNOTAVAIL);
}

}  // namespace
}  // namespace peregrine
