// A WebSocket over TLS from end to end, in memory: what accepts and what dials, and between them two sessions.
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/connection/dial.hpp"
#include "peregrine/net/memory_stream.hpp"
#include "peregrine/net/recorder_test.hpp"
#include "peregrine/runtime/manual_poller.hpp"
#include "peregrine/tls/authority_test.hpp"
#include "peregrine/tls/stream.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace peregrine {
namespace {

using namespace std::chrono_literals;

struct story {
  std::optional<dial_failure> failure;
  std::vector<std::string> heard;
  int code = 0;
  bool is_over = false;
};

task<> echo(connection& peer) {
  while (const auto* said = co_await peer.receive()) co_await peer.send(*said);
}

task<> converse(stream_ptr carried, const dial_options& options, client_endpoint& home, story& told) {
  auto made = co_await dial(std::move(carried), options, home);
  told.failure = made.failure;
  if (made.opened) {
    for (const std::size_t size : {5UL, 40'000UL, 0UL}) {
      co_await made.opened->send(message::text(std::string(size, 'a')));
      if (const auto* said = co_await made.opened->receive()) told.heard.emplace_back(said->text());
    }
    made.opened->close();
    while (const auto* more = co_await made.opened->receive()) static_cast<void>(more);
    told.code = static_cast<int>(made.opened->code());
  }
  made.opened.reset();
  told.is_over = true;
}

class secured : public testing::Test, private completion {
 protected:
  ~secured() override {
    loop_.advance(20s);
    EXPECT_TRUE(acceptor_.is_idle());
  }

  void talk(const std::string& host, std::size_t piece = 100'000) {
    const auto [near, far] = memory_stream::make_pair();
    near->set_faults({.piece = piece});
    far->set_faults({.piece = piece});
    acceptor_.accept(stream_ptr(new tls::stream(stream_ptr(near), *server_)));
    options_.ask.host = "localhost";
    options_.ask.target = "/room";
    converse(stream_ptr(new tls::stream(stream_ptr(far), *client_, host)), options_, home_, told_).start(*this);
    loop_.settle();
    EXPECT_TRUE(told_.is_over);
  }

  manual_reactor loop_;
  tls::authority signs_;
  result<tls::server_context> server_ =
      tls::server_context::load({signs_.sign("good.pem", {}), {}}, accepted_protocols);
  result<tls::client_context> client_ =
      tls::client_context::make({.authorities = signs_.own_file(), .protocols = dialled_protocols});
  acceptor acceptor_{{}, echo};
  client_endpoint home_;
  dial_options options_;
  story told_;

 private:
  void on_finished(std::exception_ptr failure) noexcept override { EXPECT_FALSE(failure); }
};

TEST_F(secured, a_conversation) {
  for (const std::size_t piece : {100'000UL, 7UL}) {
    told_ = {};
    talk("localhost", piece);
    EXPECT_FALSE(told_.failure) << told_.failure->message;
    EXPECT_EQ(told_.heard, (std::vector<std::string>{"aaaaa", std::string(40'000, 'a'), ""}));
    EXPECT_EQ(told_.code, 1000);
  }
}

TEST_F(secured, a_certificate_of_another_host_is_a_failure_of_its_own_kind) {
  talk("example.org");
  ASSERT_TRUE(told_.failure);
  EXPECT_EQ(told_.failure->why, dial_failure::kind::tls);
  EXPECT_NE(told_.failure->message.find("is for another host"), std::string::npos) << told_.failure->message;
}

TEST_F(secured, who_says_nothing_is_let_go) {
  const auto [near, far] = memory_stream::make_pair();
  recorder silent(far);
  acceptor_.accept(stream_ptr(new tls::stream(stream_ptr(near), *server_)));
  loop_.settle();
  EXPECT_FALSE(acceptor_.is_idle());
  loop_.advance(15s);
  EXPECT_TRUE(acceptor_.is_idle());
  EXPECT_EQ(silent.ends, std::vector<int>{0});
}

}  // namespace
}  // namespace peregrine
