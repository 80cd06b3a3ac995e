#include "peregrine/net/tcp_stream.hpp"

#include "peregrine/net/listener.hpp"
#include "peregrine/net/recorder_test.hpp"
#include "peregrine/net/turn_until_test.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

namespace peregrine {
namespace {

static_assert(sizeof(tcp_stream) <= 24, "there are a million of these");

// A stream that connects to a listener, and the one that this makes of the accepted socket.
class tcp_pair : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = listener::open(
        *address::from_numbers("127.0.0.1", 0),
        [this](int socket) {
          auto* made = new tcp_stream(socket);
          server_.take(made);
          made->start();
        },
        [](const std::string&) {});
    ASSERT_TRUE(opened) << opened.error().message;
    listener_ = std::move(*opened);
  }
  ~tcp_pair() override {
    client_.close();
    server_.close();
    loop_.run_turn(false);
  }

  void connect(std::optional<address> source = {}) {
    auto made = tcp_stream::connect(listener_->local(), source);
    ASSERT_TRUE(made) << made.error().message;
    auto* carried = made->release();
    client_.take(carried);
    carried->start();
    turn_until([this] { return server_.has_stream(); });
  }

  template <class Done>
  void turn_until(const Done& done) {
    peregrine::turn_until(loop_, done);
  }

  reactor loop_;
  listener_ptr listener_;
  recorder client_;
  recorder server_;
};

TEST_F(tcp_pair, carries_bytes_both_ways) {
  connect();
  server_.on_piece = [this] { server_.say(server_.received); };
  client_.say("echo");
  turn_until([this] { return client_.received == "echo"; });
  EXPECT_TRUE(server_.carried().peer().starts_with("127.0.0.1:")) << server_.carried().peer();
  EXPECT_EQ(client_.carried().peer(), listener_->local().to_string());
}

TEST_F(tcp_pair, what_is_written_before_the_connection_stands_goes_when_it_does) {
  auto made = tcp_stream::connect(listener_->local(), {});
  ASSERT_TRUE(made);
  auto* carried = made->release();
  client_.take(carried);
  client_.say("early");
  carried->start();
  turn_until([this] { return server_.received == "early"; });
}

TEST_F(tcp_pair, a_peer_that_reads_slowly_gets_all_of_it_in_order_through_partial_writes) {
  connect();
  server_.carried().pause();
  std::string all;
  for (int i = 0; all.size() < std::size_t{16} * 1024 * 1024; ++i) all += std::to_string(i) + ' ';
  client_.say(all);
  EXPECT_FALSE(client_.unsent.empty()) << "the kernel has taken all of it: nothing is tested";
  for (int i = 0; i < 10; ++i) loop_.run_turn(false);
  EXPECT_EQ(server_.received, "");
  server_.carried().resume();
  turn_until([&] { return server_.received.size() == all.size(); });
  EXPECT_TRUE(server_.received == all);
  EXPECT_GT(client_.writables, 0);
}

TEST_F(tcp_pair, writes_more_pieces_than_one_call_takes) {
  connect();
  std::vector<std::string> texts(200);
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = std::to_string(i) + ' ';
  std::vector<bytes> pieces;
  pieces.reserve(texts.size());
  std::string all;
  for (const auto& each : texts) {
    pieces.push_back(as_bytes(each));
    all += each;
  }
  EXPECT_EQ(client_.carried().write(pieces), all.size());
  turn_until([&] { return server_.received == all; });
}

TEST_F(tcp_pair, half_closed_it_still_carries_the_other_way) {
  connect();
  client_.say("question");
  client_.carried().finish();
  turn_until([this] { return !server_.ends.empty(); });
  EXPECT_EQ(server_.received, "question");
  EXPECT_EQ(server_.ends, std::vector<int>{0});
  server_.say("answer");
  server_.close();
  turn_until([this] { return !client_.ends.empty(); });
  EXPECT_EQ(client_.received, "answer");
  EXPECT_EQ(client_.ends, std::vector<int>{0});
}

TEST_F(tcp_pair, a_reset_is_told_with_its_code_also_to_who_has_paused) {
  connect();
  server_.carried().pause();
  client_.carried().pause();
  server_.say("this will lie unread, so that closing resets");
  client_.close();
  turn_until([this] { return !server_.ends.empty(); });
  EXPECT_EQ(server_.ends, std::vector<int>{ECONNRESET});
}

TEST_F(tcp_pair, writing_to_who_is_gone_loses_it_and_tells_by_on_end) {
  connect();
  server_.say("unread");
  client_.carried().pause();
  client_.close();
  for (int i = 0; i < 100 && server_.ends.empty(); ++i) {
    server_.say("into the void");
    EXPECT_TRUE(server_.ends.empty()) << "a write called its owner back";
    loop_.run_turn(false);
  }
  turn_until([this] { return !server_.ends.empty(); });
  EXPECT_EQ(server_.ends.size(), 1U);
  EXPECT_NE(server_.ends[0], 0);
}

TEST_F(tcp_pair, may_be_closed_by_its_owner_within_on_bytes) {
  connect();
  server_.on_piece = [this] { server_.close(); };
  client_.say("enough");
  turn_until([this] { return !client_.ends.empty(); });
  EXPECT_TRUE(server_.ends.empty());
}

// Many that say their first words in the same turn.
class tcp_crowd : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = listener::open(
        *address::from_numbers("127.0.0.1", 0),
        [this](int socket) {
          auto* made = new tcp_stream(socket);
          servers_.push_back(std::make_unique<recorder>(made));
          made->start();
        },
        [](const std::string&) {});
    ASSERT_TRUE(opened) << opened.error().message;
    listener_ = std::move(*opened);
  }
  ~tcp_crowd() override {
    for (const int each : clients_) ::close(each);
    servers_.clear();
    loop_.run_turn(false);
  }

  // Each says its own text; all of it is there before the loop turns again.
  void come(const std::vector<std::string>& texts) {
    const auto at = listener_->local();
    for (const auto& text : texts) {
      const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      clients_.push_back(socket);
      ASSERT_EQ(::connect(socket, at.data(), at.size()), 0);
      ASSERT_EQ(::send(socket, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
    while (servers_.size() < texts.size()) loop_.run_turn();
  }
  void turn_until_quiet() {
    while (loop_.run_turn(false)) {
    }
  }

  reactor loop_;
  listener_ptr listener_;
  std::vector<std::unique_ptr<recorder>> servers_;
  std::vector<int> clients_;
};

TEST_F(tcp_crowd, gets_each_its_own_first_bytes_though_they_are_more_than_are_gathered) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 12; ++i) texts.emplace_back(i % 3 == 2 ? 100'000 : 5000, static_cast<char>('a' + i));
  come(texts);
  turn_until_quiet();
  std::vector<std::string> received;
  received.reserve(servers_.size());
  for (const auto& each : servers_) received.push_back(each->received);
  std::ranges::sort(received);  // the kernel tells of them in its own order
  EXPECT_TRUE(received == texts);
}

TEST_F(tcp_crowd, hears_nothing_from_who_was_closed_after_its_first_bytes_had_come) {
  come({"one", "other"});
  for (auto& each : servers_) {
    each->on_piece = [this] {
      for (auto& every : servers_) every->close();
    };
  }
  turn_until_quiet();
  EXPECT_EQ(servers_[0]->pieces.size() + servers_[1]->pieces.size(), 1U);
}

TEST_F(tcp_crowd, hears_the_end_that_comes_with_the_first_bytes_and_the_reset_that_comes_without) {
  come({"last words", ""});
  ::shutdown(clients_[0], SHUT_WR);
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(clients_[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(clients_[1]);
  clients_.pop_back();
  turn_until_quiet();
  EXPECT_EQ(servers_[0]->received, "last words");
  EXPECT_EQ(servers_[0]->ends, std::vector<int>{0});
  EXPECT_EQ(servers_[1]->ends, std::vector<int>{ECONNRESET});
}

TEST_F(tcp_pair, connects_from_the_source_that_it_is_given) {
  connect(*address::from_numbers("127.0.0.7", 0));
  EXPECT_TRUE(server_.carried().peer().starts_with("127.0.0.7:")) << server_.carried().peer();
}

TEST_F(tcp_pair, a_source_that_is_not_ours_is_named) {
  const auto made = tcp_stream::connect(listener_->local(), *address::from_numbers("192.0.2.1", 0));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, EADDRNOTAVAIL);
  EXPECT_EQ(made.error().message,
            "cannot use the source address 192.0.2.1: that address belongs to none of this machine's "
            "interfaces (ip address lists them)");
}

TEST_F(tcp_pair, a_refused_connection_is_an_error_or_an_end_with_its_code) {
  const auto nobody = listener_->local();
  listener_.reset();
  auto made = tcp_stream::connect(nobody, {});
  if (!made) {  // the kernel may know at once
    EXPECT_EQ(made.error().code, ECONNREFUSED);
    EXPECT_EQ(made.error().message, "refused: nobody listens at that address and port");
    return;
  }
  auto* carried = made->release();
  client_.take(carried);
  carried->start();
  turn_until([this] { return !client_.ends.empty(); });
  EXPECT_EQ(client_.ends, std::vector<int>{ECONNREFUSED});
}

}  // namespace
}  // namespace peregrine
