// A world for tests: a clock that only the test turns, and no descriptors. Streams in memory (net/memory_stream.hpp)
// work on it, so whole sessions run without a socket, without a sleep, and the same way each time.
#pragma once

#include "peregrine/runtime/reactor.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace peregrine {

class manual_poller : public poller {
 public:
  result<> add(int, std::uint32_t, trigger, watched&) override {
    return failure{"there are no descriptors in a manual world", 0};
  }
  void rearm(int, std::uint32_t, watched&) noexcept override {}
  void remove(int) noexcept override {}
  std::span<const ready> wait(int) override { return {}; }
  void let_others_first() noexcept override {}
  std::uint64_t now() const noexcept override { return now_; }

  void advance(reactor::duration by) noexcept { now_ += static_cast<std::uint64_t>(by.count()) * 1'000'000; }

 private:
  std::uint64_t now_ = 1'000'000'000;
};

// A reactor on such a world.
class manual_reactor {
 public:
  manual_reactor() : manual_reactor(std::make_unique<manual_poller>()) {}

  operator reactor&() noexcept { return loop_; }  // NOLINT: it is one
  reactor* operator->() noexcept { return &loop_; }

  // Turns until nothing is left to do at this time.
  void settle() {
    int turns = 0;
    while (loop_.run_turn(false)) {
      if (++turns == 1'000'000) std::abort();  // the loop never comes to rest
    }
  }

  // Lets time pass, in steps small enough that what one expiry sets off can expire too.
  void advance(reactor::duration by) {
    constexpr reactor::duration step{100};
    while (by.count() > 0) {
      const auto now = std::min(by, step);
      clock_.advance(now);
      settle();
      by -= now;
    }
  }

 private:
  explicit manual_reactor(std::unique_ptr<manual_poller> world) : clock_(*world), loop_(std::move(world)) {}

  manual_poller& clock_;
  reactor loop_;
};

}  // namespace peregrine
