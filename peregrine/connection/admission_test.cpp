#include "peregrine/connection/admission.hpp"

#include "peregrine/connection/turning_away.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/runtime/manual_poller.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

namespace peregrine {
namespace {

using namespace std::chrono_literals;

constexpr auto nothing = std::optional<obstacle>();

class an_admission : public testing::Test {
 protected:
  an_admission() {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto any = *address::from_numbers("127.0.0.1", 0);
    EXPECT_EQ(::bind(listening_, any.data(), any.size()), 0);
    EXPECT_EQ(::listen(listening_, 100), 0);
  }
  ~an_admission() override {
    for (const int each : open_) ::close(each);
    ::close(listening_);
  }

  // A socket that was accepted from one of the loopback's addresses.
  int from(const std::string& host) {
    const int near = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto source = *address::from_numbers(host, 0);
    EXPECT_EQ(::bind(near, source.data(), source.size()), 0);
    const auto to = address::of_local(listening_);
    EXPECT_EQ(::connect(near, to.data(), to.size()), 0);
    open_.push_back(near);
    return ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }
  // As the acceptor would end it.
  void end(int socket) {
    (new tcp_stream(socket))->close();
    loop_.settle();
  }
  std::uint32_t places(const std::string& host) {
    return shared_.addresses().places(address::from_numbers(host, 0)->network(), shared_.seed());
  }

  manual_reactor loop_;
  admission_counts shared_{2};
  int listening_;
  std::vector<int> open_;
};

TEST_F(an_admission, without_limits_lets_everybody_in) {
  admission door({}, shared_, 0);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(door.enter(from("127.0.0.1")), nothing);
  EXPECT_EQ(places("127.0.0.1"), 0U);
}

TEST_F(an_admission, counts_the_connections_of_an_address_in_all_processes) {
  admission other({.per_address = 3}, shared_, 1);
  admission door({.per_address = 3}, shared_, 0);  // the one that hears of ends
  EXPECT_EQ(other.enter(from("127.0.0.2")), nothing);
  const int first = from("127.0.0.2");
  EXPECT_EQ(door.enter(first), nothing);
  EXPECT_EQ(door.enter(from("127.0.0.2")), nothing);
  EXPECT_EQ(door.enter(from("127.0.0.2")), obstacle::address);
  EXPECT_EQ(other.enter(from("127.0.0.2")), obstacle::address);
  EXPECT_EQ(door.enter(from("127.0.0.3")), nothing);
  end(first);
  EXPECT_EQ(other.enter(from("127.0.0.2")), nothing);
  EXPECT_EQ(door.enter(from("127.0.0.2")), obstacle::address);
}

TEST_F(an_admission, counts_websockets_over_http2_from_the_second_on) {
  admission door({.per_address = 3}, shared_, 0);
  const int carrier = from("127.0.0.2");
  EXPECT_EQ(door.enter(carrier), nothing);
  EXPECT_EQ(door.enter_beside(carrier, 0), nothing);
  EXPECT_EQ(places("127.0.0.2"), 1U);
  EXPECT_EQ(door.enter_beside(carrier, 1), nothing);
  EXPECT_EQ(door.enter_beside(carrier, 2), nothing);
  EXPECT_EQ(door.enter_beside(carrier, 3), obstacle::address);
  EXPECT_EQ(door.enter(from("127.0.0.2")), obstacle::address);
  door.keep(carrier, 1);
  EXPECT_EQ(places("127.0.0.2"), 1U);
  door.keep(carrier, 0);
  EXPECT_EQ(places("127.0.0.2"), 1U);
  EXPECT_EQ(door.enter_beside(carrier, 0), nothing);
  EXPECT_EQ(door.enter_beside(carrier, 1), nothing);
  end(carrier);
  EXPECT_EQ(places("127.0.0.2"), 0U);
}

TEST_F(an_admission, takes_back_what_a_fallen_process_held_and_nothing_else) {
  admission fallen({.per_address = 10}, shared_, 1);
  admission door({.per_address = 10}, shared_, 0);
  const int carrier = from("127.0.0.2");
  EXPECT_EQ(fallen.enter(carrier), nothing);
  EXPECT_EQ(fallen.enter_beside(carrier, 1), nothing);
  EXPECT_EQ(fallen.enter(from("127.0.0.3")), nothing);
  EXPECT_EQ(door.enter(from("127.0.0.2")), nothing);
  EXPECT_EQ(places("127.0.0.2"), 3U);
  auto theirs = admission_counts::adopt(fcntl(shared_.file(), F_DUPFD_CLOEXEC, 0));
  ASSERT_TRUE(theirs);
  theirs->clear(1);
  EXPECT_EQ(places("127.0.0.2"), 1U);
  EXPECT_EQ(places("127.0.0.3"), 0U);
  EXPECT_FALSE(admission_counts::adopt(open("/dev/null", O_RDWR | O_CLOEXEC)));
}

TEST_F(an_admission, of_a_rate_is_for_all_and_who_meets_another_limit_takes_nothing_of_it) {
  admission door({.per_address = 1, .per_second = 2}, shared_, 0);
  EXPECT_EQ(door.enter(from("127.0.0.2")), nothing);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(door.enter(from("127.0.0.2")), obstacle::address);
  EXPECT_EQ(door.enter(from("127.0.0.3")), nothing);
  EXPECT_EQ(door.enter(from("127.0.0.4")), obstacle::rate);
  EXPECT_EQ(places("127.0.0.4"), 0U);
  loop_.advance(500ms);
  EXPECT_EQ(door.enter(from("127.0.0.4")), nothing);
  EXPECT_EQ(door.enter(from("127.0.0.5")), obstacle::rate);
}

TEST_F(an_admission, of_a_rate_goes_on_with_what_a_process_that_is_older_left) {
  // It ran for long, and let in as many as it may at just this time.
  shared_.next_due() = loop_->precise_now() + 1'000'000'000;
  admission door({.per_second = 2}, shared_, 0);
  EXPECT_EQ(door.enter(from("127.0.0.2")), obstacle::rate);
  loop_.advance(500ms);
  EXPECT_EQ(door.enter(from("127.0.0.2")), nothing);
  EXPECT_EQ(door.enter(from("127.0.0.2")), obstacle::rate);
}

TEST_F(an_admission, keeps_files_for_the_process_itself) {
  const int next = from("127.0.0.1");
  const auto files = static_cast<std::uint64_t>(next) + 3 + admission::files_kept;
  admission door({.files = files}, shared_, 0);
  EXPECT_EQ(door.enter(next), nothing);
  EXPECT_EQ(door.enter(next + 2), nothing);
  EXPECT_EQ(door.enter(next + 3), obstacle::files);
  EXPECT_TRUE(door.may_linger(next + 3));
  EXPECT_TRUE(door.may_linger(next + 3 + static_cast<int>(admission::files_to_refuse_with) - 1));
  EXPECT_FALSE(door.may_linger(next + 3 + static_cast<int>(admission::files_to_refuse_with)));
}

TEST_F(an_admission, looks_at_the_memory_before_it_is_too_late_and_lets_in_again_when_there_is_some) {
  std::uint64_t taken = 100;
  admission door({.memory = 1'000, .kernel_per_socket = 10, .memory_taken = [&taken] { return taken; }}, shared_, 0);
  EXPECT_EQ(door.enter(50), nothing);
  taken = 600;
  int let_in = 0;
  while (door.enter(50) == nothing) ++let_in;
  EXPECT_LT(let_in, 64);
  EXPECT_EQ(door.enter_beside(50, 1), obstacle::memory);
  EXPECT_EQ(door.enter(30), obstacle::memory);
  loop_.advance(1s);
  EXPECT_EQ(door.enter(30), nothing);
  loop_.advance(1s);
  EXPECT_EQ(door.enter(40), obstacle::memory);
}

TEST(own_memory, is_what_this_process_has) {
  const auto before = own_memory();
  EXPECT_GT(before, 100U * 1024);
  std::vector<char> more(std::size_t{64} << 20U, 'x');
  EXPECT_GT(own_memory(), before + (std::size_t{60} << 20U)) << more.size();
}

TEST(who_is_turned_away, has_said_in_which_protocol) {
  EXPECT_EQ(spoken_by("GET / HTTP/1.1"), spoken::http1);
  EXPECT_EQ(spoken_by("P"), spoken::nothing_yet);
  EXPECT_EQ(spoken_by("PUT"), spoken::http1);
  EXPECT_EQ(spoken_by("PRI * HTTP/2.0"), spoken::http2);
  EXPECT_EQ(spoken_by("\x16\x03\x01"), spoken::tls);
  EXPECT_EQ(spoken_by("nonsense"), spoken::http1);
}

TEST(who_is_turned_away, hears_why_in_that_protocol) {
  const auto http1 = farewell_in(spoken::http1, obstacle::files, 17);
  EXPECT_TRUE(http1.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << http1;
  EXPECT_NE(http1.find("\r\nRetry-After: 17\r\n"), std::string::npos) << http1;
  EXPECT_TRUE(http1.ends_with("\r\n\r\nThe server is full: it can open no more connections. Try again later.\n"))
      << http1;
  const auto http2 = farewell_in(spoken::http2, obstacle::rate, 3);
  const std::string said =
      "Too many new connections came in the last second. Try again in a moment. Come back in 3 seconds.";
  using namespace std::string_literals;
  EXPECT_EQ(http2, "\0\0\0\x04\0\0\0\0\0"s + "\0\0"s + static_cast<char>(8 + said.size()) + "\x07\0\0\0\0\0"s +
                       "\0\0\0\0\0\0\0\x0b"s + said);
  EXPECT_EQ(farewell_in(spoken::tls, obstacle::files, 17), "\x15\x03\x03\0\x02\x02\x50"s);
}

}  // namespace
}  // namespace peregrine
