// For tests of what the system does when it likes to.
#pragma once

#include "peregrine/runtime/reactor.hpp"

#include <gtest/gtest.h>

namespace peregrine {

// One type for all: out of descriptors, UndefinedBehaviorSanitizer can't look at a new one.
struct alarm final : event_target {
  void on_timeout() override { has_rung = true; }
  bool has_rung = false;
};

// Turns the loop until `done`; fails when that takes far longer than it ever should.
template <class Done>
void turn_until(reactor& loop, const Done& done) {
  alarm deadline;
  loop.set_timeout(deadline, reactor::duration(30'000));
  while (!done()) {
    ASSERT_FALSE(deadline.has_rung) << "it never came";
    loop.run_turn();
  }
}

}  // namespace peregrine
