// On real sockets of the loopback network, both ends in one reactor.
#include "peregrine/swarm/opener.hpp"

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/swarm/crowd.hpp"
#include "peregrine/swarm/echo.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

task<> repeat(connection& peer) {
  while (auto said = co_await peer.receive()) {
    const bool is_open = co_await peer.send(*said);
    if (!is_open) break;
  }
}

class openers : public testing::Test {
 protected:
  ~openers() override {
    members.abort_all();
    server.stop_listening();
    server.abort_all();
    while (members.live() > 0 || !server.is_idle()) loop.run_turn();
    while (loop.run_turn(false)) {
    }
  }

  // Opens `ours.count` and turns until that is done.
  opening_tally open(const share& ours, std::uint16_t port) {
    chosen.url = fmt::format("ws://127.0.0.1:{}/", port);
    opener opening(
        chosen, ours, *address::from_numbers("127.0.0.1", port), home,
        [&](connection_ptr opened) {
          most_in_flight = std::max(most_in_flight, server.counts.live - members.live());
          members.add(std::move(opened));
        },
        [this] { is_done = true; });
    opening.start();
    while (!is_done) loop.run_turn();
    return opening.tally();
  }

  std::uint16_t listen() { return server.listen(*address::from_numbers("127.0.0.1", 0))->port(); }

  reactor loop;
  acceptor server{{}, repeat};
  client_endpoint home;
  options chosen;
  voice words{7};
  std::unique_ptr<echo> echoing;
  crowd members{words,
                0,
                3,
                {.own_echo =
                     [this](std::size_t member, std::uint64_t time) {
                       if (echoing) echoing->hear(member, time);
                     },
                 .active_lost =
                     [this](std::size_t member) {
                       if (echoing) echoing->lose(member);
                     }}};
  std::uint64_t most_in_flight = 0;
  bool is_done = false;
};

TEST_F(openers, open_all_they_are_asked_for) {
  const auto tally =
      open({.count = 50, .concurrency = 4, .active = 0, .rate = {}, .echo_rate = {}, .sources = {}}, listen());
  EXPECT_EQ(tally.opened, 50U);
  EXPECT_EQ(tally.failures(), 0U);
  EXPECT_EQ(tally.handshake.count(), 50U);
  EXPECT_EQ(members.live(), 50U);
  EXPECT_LE(most_in_flight, 4U);
  EXPECT_GT(tally.ended, tally.began);
}

TEST_F(openers, connect_from_the_addresses_they_are_given) {
  share ours{.count = 4, .concurrency = 2, .active = 0, .rate = {}, .echo_rate = {}, .sources = {}};
  ours.sources = {*address::from_numbers("127.0.0.8", 0), *address::from_numbers("127.0.0.9", 0)};
  EXPECT_EQ(open(ours, listen()).opened, 4U);
}

TEST_F(openers, give_up_at_a_closed_door) {
  const auto port = listen();
  server.stop_listening();
  const auto tally =
      open({.count = 5'000, .concurrency = 10, .active = 0, .rate = {}, .echo_rate = {}, .sources = {}}, port);
  EXPECT_EQ(tally.opened, 0U);
  ASSERT_TRUE(tally.failed.contains("refused"));
  EXPECT_GE(tally.failures(), 100U);
  EXPECT_LE(tally.failures(), 110U);
  EXPECT_NE(tally.failed.at("refused").explanation, "");
}

TEST_F(openers, stop_at_a_limit_of_this_machine_at_once) {
  share ours{.count = 5'000, .concurrency = 10, .active = 0, .rate = {}, .echo_rate = {}, .sources = {}};
  ours.sources = {
      *address::from_numbers("192.0.2.7", 0)};  // not of this machine, which connect tells like a lack of ports
  const auto tally = open(ours, listen());
  EXPECT_EQ(tally.opened, 0U);
  EXPECT_EQ(tally.failed.at("limit").count, 1U);
}

TEST_F(openers, keep_to_a_rate) {
  const auto tally =
      open({.count = 30, .concurrency = 30, .active = 0, .rate = 1'000, .echo_rate = {}, .sources = {}}, listen());
  EXPECT_EQ(tally.opened, 30U);
  EXPECT_GE(tally.ended - tally.began, 29'000'000U) << "the thirtieth may not begin before 29 ms have passed";
}

TEST_F(openers, members_hear_themselves_again_and_again) {
  open({.count = 5, .concurrency = 5, .active = 3, .rate = {}, .echo_rate = {}, .sources = {}}, listen());
  ASSERT_EQ(members.active().size(), 3U);
  bool is_over = false;
  echoing = std::make_unique<echo>(words, echo_plan{0, 64, std::nullopt, std::chrono::milliseconds(30)},
                                   members.active(), [&] { is_over = true; });
  echoing->start();
  while (!is_over) loop.run_turn();
  EXPECT_GE(echoing->tally().sent, 3U);
  EXPECT_EQ(echoing->tally().received, echoing->tally().sent);
  EXPECT_EQ(echoing->tally().latency.count(), echoing->tally().received);
}

TEST_F(openers, at_a_rate_as_many_messages_leave_as_were_meant_to) {
  open({.count = 3, .concurrency = 3, .active = 3, .rate = {}, .echo_rate = {}, .sources = {}}, listen());
  bool is_over = false;
  echoing = std::make_unique<echo>(words, echo_plan{0, 64, 1'000.0, std::chrono::milliseconds(50)}, members.active(),
                                   [&] { is_over = true; });
  echoing->start();
  while (!is_over) loop.run_turn();
  EXPECT_EQ(echoing->tally().sent, 50U);
  EXPECT_EQ(echoing->tally().received, 50U);
}

TEST_F(openers, an_echo_does_not_wait_for_a_member_that_is_lost) {
  open({.count = 3, .concurrency = 3, .active = 3, .rate = {}, .echo_rate = {}, .sources = {}}, listen());
  bool is_over = false;
  echoing = std::make_unique<echo>(words, echo_plan{0, 64, std::nullopt, std::chrono::milliseconds(20)},
                                   members.active(), [&] { is_over = true; });
  echoing->start();
  server.abort_all();
  while (!is_over) loop.run_turn();
  EXPECT_EQ(members.live(), 0U);
  EXPECT_LT(echoing->tally().received, echoing->tally().sent);
}

}  // namespace
}  // namespace peregrine::swarm
