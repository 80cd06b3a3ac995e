#include "peregrine/net/listener.hpp"

#include "peregrine/net/turn_until_test.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

namespace peregrine {
namespace {

// A blocking client, beside the loop: the kernel's queue takes its connection whether the listener accepts or not.
class client {
 public:
  explicit client(const address& to) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    is_connected_ = socket_ >= 0 && ::connect(socket_, to.data(), to.size()) == 0;
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() { ::close(socket_); }
  bool is_connected() const noexcept { return is_connected_; }
  bool is_cut_off() const noexcept {
    char nothing = 0;
    return ::recv(socket_, &nothing, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN;
  }

 private:
  int socket_;
  bool is_connected_;
};

// What a listener did. No virtual functions: out of descriptors, UndefinedBehaviorSanitizer can't look at a new type.
struct outcome {
  std::vector<int> accepted;
  std::vector<std::string> reports;
};

class listening : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = listener::open(
        *address::from_numbers("127.0.0.1", 0), [done = &done_](int socket) { done->accepted.push_back(socket); },
        [done = &done_](const std::string& why) { done->reports.push_back(why); });
    ASSERT_TRUE(opened) << opened.error().message;
    listener_ = std::move(*opened);
  }
  ~listening() override {
    for (const int each : done_.accepted) ::close(each);
  }

  reactor loop_;
  outcome done_;
  listener_ptr listener_;
};

TEST_F(listening, ends_when_another_that_was_ready_with_it_or_it_itself_closes_it) {
  for (const bool by_itself : {false, true}) {
    std::vector<listener_ptr> both(2);
    int accepted = 0;
    for (std::size_t i = 0; i < both.size(); ++i) {
      auto opened = listener::open(
          *address::from_numbers("127.0.0.1", 0),
          [&, i](int socket) {
            ::close(socket);
            ++accepted;
            both[by_itself ? i : 1 - i].reset();
          },
          [](const std::string&) {});
      ASSERT_TRUE(opened) << opened.error().message;
      both[i] = std::move(*opened);
    }
    const client one(both[0]->local());
    const client other(both[1]->local());
    loop_.run_turn();
    loop_.run_turn(false);
    EXPECT_EQ(accepted, by_itself ? 2 : 1);
  }
}

TEST_F(listening, takes_nobody_any_more_when_the_first_of_many_has_closed_it) {
  int accepted = 0;
  listener_ptr closing;
  auto opened = listener::open(
      *address::from_numbers("127.0.0.1", 0),
      [&](int socket) {
        ::close(socket);
        ++accepted;
        closing.reset();
      },
      [](const std::string&) {});
  ASSERT_TRUE(opened) << opened.error().message;
  closing = std::move(*opened);
  const auto at = closing->local();
  const std::array<client, 3> three{client(at), client(at), client(at)};
  while (loop_.run_turn(false)) {
  }
  EXPECT_EQ(accepted, 1);
  for (const auto& each : three) EXPECT_TRUE(each.is_cut_off());
}

TEST_F(listening, refuses_more_at_once_than_there_are_descriptors_left) {
  constexpr std::size_t many = 20;
  std::size_t refused = 0;
  std::vector<std::string> reports;
  auto opened = listener::open(
      *address::from_numbers("127.0.0.1", 0),
      [&](int socket) {
        ::close(socket);
        ++refused;
      },
      [&](const std::string& why) { reports.push_back(why); });
  ASSERT_TRUE(opened) << opened.error().message;
  std::vector<std::unique_ptr<client>> clients(many);
  for (auto& each : clients) each = std::make_unique<client>((*opened)->local());
  const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(lowest) + 4;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  loop_.run_turn();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ::close(lowest);
  EXPECT_EQ(refused, many);
  EXPECT_TRUE(reports.empty()) << reports[0];
}

TEST_F(listening, gives_non_blocking_sockets_that_no_child_inherits_and_that_do_not_delay) {
  const client peer(listener_->local());
  turn_until(loop_, [this] { return done_.accepted.size() == 1; });
  EXPECT_TRUE(fcntl(done_.accepted[0], F_GETFL) & O_NONBLOCK);
  EXPECT_TRUE(fcntl(done_.accepted[0], F_GETFD) & FD_CLOEXEC);
  int on = 0;
  socklen_t size = sizeof on;
  getsockopt(done_.accepted[0], IPPROTO_TCP, TCP_NODELAY, &on, &size);
  EXPECT_NE(on, 0);
}

TEST_F(listening, says_which_address_is_taken_and_what_to_do) {
  const auto second = listener::open(
      listener_->local(), [](int) {}, [](const std::string&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(
      second.error().message,
      "cannot listen on " + listener_->local().to_string() +
          ": another program listens on that address and port already (ss -ltnp shows which); choose another port");
}

TEST_F(listening, takes_the_sockets_that_were_handed_over_each_where_it_is_bound) {
  const auto anywhere = *address::from_numbers("127.0.0.2", 0);
  const auto first = listener::open_socket(anywhere, listener::sharing::shared);
  ASSERT_TRUE(first);
  const auto at = address::of_local(*first);
  const auto second = listener::open_socket(at, listener::sharing::shared);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_FALSE(listener::open_socket(at, listener::sharing::alone));
  const client waits(at);  // before anybody accepts
  listener::hand_over({*first, *second});

  std::vector<int> accepted;
  const auto take = [&accepted](const address& where) {
    return listener::open(
        where, [&accepted](int socket) { accepted.push_back(socket); }, [](const std::string&) {});
  };
  const auto elsewhere = take(*address::from_numbers("127.0.0.1", 0));
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ((*elsewhere)->local().host(), "127.0.0.1");
  const auto one = take(anywhere);  // any port
  const auto two = take(at);
  ASSERT_TRUE(one && two);
  EXPECT_EQ((*one)->local().port(), at.port());
  EXPECT_EQ((*two)->local().port(), at.port());
  EXPECT_FALSE(take(at));  // there is no third
  turn_until(loop_, [&accepted] { return accepted.size() == 1; });
  ::close(accepted[0]);
}

TEST_F(listening, hears_no_more_when_it_is_gone_though_another_process_holds_its_socket) {
  const auto socket = listener::open_socket(*address::from_numbers("127.0.0.3", 0), listener::sharing::alone);
  ASSERT_TRUE(socket);
  const int held_elsewhere = ::fcntl(*socket, F_DUPFD_CLOEXEC, 0);
  const auto at = address::of_local(*socket);
  listener::hand_over({*socket});
  auto gone = listener::open(
      at, [](int taken) { ::close(taken); }, [](const std::string&) {});
  ASSERT_TRUE(gone);
  gone->reset();
  const client waits(at);
  EXPECT_TRUE(waits.is_connected());
  EXPECT_FALSE(loop_.run_turn(false));
  ::close(held_elsewhere);
}

TEST_F(listening, says_which_address_is_not_ours) {
  const auto foreign = listener::open(
      *address::from_numbers("192.0.2.1", 0), [](int) {}, [](const std::string&) {});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().message,
            "cannot listen on 192.0.2.1:0: that address belongs to none of this machine's interfaces (ip address lists "
            "them)");
}

TEST_F(listening, out_of_files_it_says_so_once_each_time_and_accepts_again_when_there_are_some) {
  std::vector<std::unique_ptr<client>> clients;
  const auto three_more_wait = [&] {
    for (int i = 0; i < 3; ++i) {
      clients.push_back(std::make_unique<client>(listener_->local()));
      ASSERT_TRUE(clients.back()->is_connected());
    }
  };
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  int lowest = -1;
  const auto exhaust = [&] {  // no descriptor is free from the lowest on
    lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    rlimit low = before;
    low.rlim_cur = static_cast<rlim_t>(lowest) + 1;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  };
  auto& done = done_;

  three_more_wait();
  exhaust();
  turn_until(loop_, [&done] { return !done.reports.empty(); });
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(done.accepted.empty());
  EXPECT_NE(done.reports[0].find("open files"), std::string::npos) << done.reports[0];
  EXPECT_NE(done.reports[0].find("ulimit -Sn"), std::string::npos) << done.reports[0];
  turn_until(loop_, [&done] { return done.accepted.size() == 3; });
  turn_until(loop_, [&] { return !loop_.run_turn(false); });

  // Another time is news again; but not that it goes on while places become free one by one.
  ::close(lowest);
  three_more_wait();
  exhaust();
  turn_until(loop_, [&done] { return done.reports.size() == 2; });
  for (std::size_t retries = 0; retries < 2; ++retries) loop_.run_turn();
  EXPECT_EQ(done.accepted.size(), 3U);
  ::close(lowest);
  turn_until(loop_, [&done] { return done.accepted.size() == 4; });
  for (std::size_t retries = 0; retries < 2; ++retries) loop_.run_turn();
  EXPECT_EQ(done.accepted.size(), 4U);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  turn_until(loop_, [&done] { return done.accepted.size() == 6; });
  EXPECT_EQ(done.reports.size(), 2U);
}

}  // namespace
}  // namespace peregrine
