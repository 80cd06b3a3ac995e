#include "peregrine/runtime/reactor.hpp"

#include "peregrine/runtime/manual_poller.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace peregrine {
namespace {

using namespace std::chrono_literals;

struct recorder final : event_target {
  void on_timeout() override { ++timeouts; }
  void on_turn() override {
    ++turns;
    if (then) then();
  }
  int timeouts = 0;
  int turns = 0;
  std::function<void()> then;
};

struct timed_at final : timed {
  timer_wheel::ticks due = 0;
};

TEST(timer_wheel, is_never_early_and_at_most_an_eighth_late) {
  timer_wheel wheel;
  std::mt19937_64 random(7);
  std::vector<timed_at> timers(5000);
  wheel.advance(123'456'789);
  for (auto& each : timers) {
    const auto delay = 1 + random() % (timer_wheel::ticks{1} << (random() % 31));
    each.due = wheel.now() + delay;
    wheel.set(each, delay);
  }
  const auto start = wheel.now();
  std::size_t expired = 0;
  while (expired < timers.size()) {
    const auto next = wheel.next();
    ASSERT_NE(next, timer_wheel::never);
    ASSERT_GT(next, wheel.now());
    wheel.advance(next);
    while (auto* each = static_cast<timed_at*>(wheel.expired().pop_front())) {
      EXPECT_GE(wheel.now(), each->due);
      EXPECT_LE(wheel.now() - each->due, (each->due - start) / 7 + 1);
      ++expired;
    }
  }
  EXPECT_EQ(wheel.next(), timer_wheel::never);
}

TEST(timer_wheel, a_leap_of_time_expires_all_that_lies_in_it) {
  timer_wheel wheel;
  std::vector<timed_at> timers(100);
  timer_wheel::ticks delay = 1;
  for (auto& each : timers) wheel.set(each, delay += 997);
  wheel.advance(200'000);
  int expired = 0;
  while (wheel.expired().pop_front()) ++expired;
  EXPECT_EQ(expired, 100);
}

TEST(reactor, time_outs_come_once_and_can_be_cleared_and_set_anew) {
  manual_reactor loop;
  recorder once, cleared, later;
  loop->set_timeout(once, 20ms);
  loop->set_timeout(cleared, 20ms);
  loop->set_timeout(later, 20ms);
  reactor::clear_timeout(cleared);
  loop->set_timeout(later, 10s);
  loop.advance(1s);
  EXPECT_EQ(once.timeouts, 1);
  EXPECT_EQ(cleared.timeouts, 0);
  EXPECT_EQ(later.timeouts, 0);
  loop.advance(11s);
  EXPECT_EQ(once.timeouts, 1);
  EXPECT_EQ(later.timeouts, 1);
}

TEST(reactor, a_flood_of_time_outs_is_swept_in_slices) {
  manual_reactor loop;
  std::vector<recorder> many(5000);
  for (auto& each : many) loop->set_timeout(each, 10ms);
  int fired = 0;
  const auto count = [&] {
    fired = 0;
    for (const auto& each : many) fired += each.timeouts;
    return fired;
  };
  reactor& turning = loop;
  turning.run_turn(false);
  EXPECT_EQ(count(), 0);
  loop.advance(20ms);
  EXPECT_EQ(count(), 5000);
  EXPECT_GE(loop->turns(), 5u);
}

TEST(reactor, the_end_of_a_turn_includes_what_is_asked_for_during_it_and_the_next_turn_does_not) {
  manual_reactor loop;
  recorder first, second, next;
  first.then = [&] {
    loop->at_turn_end(second);
    loop->in_next_turn(next);
  };
  loop->at_turn_end(first);
  loop->at_turn_end(first);
  loop->run_turn(false);
  EXPECT_EQ(first.turns, 1);
  EXPECT_EQ(second.turns, 1);
  EXPECT_EQ(next.turns, 0);
  loop->run_turn(false);
  EXPECT_EQ(next.turns, 1);
}

TEST(reactor, that_goes_last_lets_others_first_each_time_before_it_waits) {
  struct crowded final : manual_poller {
    explicit crowded(std::string& seen) : told(seen) {}
    void let_others_first() noexcept override { told += "others "; }
    std::span<const ready> wait(int timeout) override {
      told += timeout == 0 ? "look " : "wait ";
      return {};
    }
    std::string& told;
  };
  std::string told;
  reactor loop(std::make_unique<crowded>(told));
  recorder busy;
  loop.run_turn();
  loop.set_goes_last(true);
  loop.run_turn();
  loop.in_next_turn(busy);
  loop.run_turn();
  loop.run_turn();
  loop.set_goes_last(false);
  loop.run_turn();
  EXPECT_EQ(told, "wait others wait look others wait wait ");
}

TEST(reactor, watches_descriptors) {
  reactor loop;
  struct reader final : watched {
    void on_ready(std::uint32_t events) override { seen |= events; }
    std::uint32_t seen = 0;
  } readable;
  const int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ASSERT_TRUE(loop.world().add(event, EPOLLIN, poller::trigger::edge, readable));
  EXPECT_FALSE(loop.run_turn(false));
  const std::uint64_t one = 1;
  ASSERT_EQ(write(event, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  EXPECT_TRUE(loop.run_turn());
  EXPECT_TRUE(readable.seen & EPOLLIN);
  close(event);
}

}  // namespace
}  // namespace peregrine
