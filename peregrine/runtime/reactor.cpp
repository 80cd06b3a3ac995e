#include "peregrine/runtime/reactor.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace peregrine {

reactor::reactor(std::unique_ptr<poller> world)
    : world_(std::move(world)),
      started_(world_->now()),
      buffers_(new std::byte[receive_buffer_size + look_ahead + gathering_buffer_size + look_ahead]()) {
  assert(!of_this_thread_ && "one reactor to a thread");
  of_this_thread_ = this;
}

reactor::~reactor() {
  ending_.clear();
  coming_.clear();
  bury();
  of_this_thread_ = nullptr;
}

void reactor::run() {
  stopped_ = false;
  while (!stopped_) run_turn();
}

int reactor::wait_time(bool may_wait) const noexcept {
  if (!may_wait || !coming_.empty() || !ending_.empty()) return 0;
  const auto next = wheel_.next();
  if (next == timer_wheel::never) return -1;
  return static_cast<int>(
      std::min<timer_wheel::ticks>(next - std::min(next, wheel_.now()), std::numeric_limits<int>::max()));
}

bool reactor::run_turn(bool may_wait) {
  const int time = wait_time(may_wait);
  if (goes_last_ && time != 0) world_->let_others_first();
  const auto ready = world_->wait(time);
  turn_began_ = world_->now();
  wheel_.advance((turn_began_ - started_) / 1'000'000);
  bool busy = !ready.empty();

  for (int i = 0; i < timeouts_per_turn; ++i) {
    timed* due = wheel_.expired().pop_front();
    if (!due) break;
    static_cast<event_target*>(due)->on_timeout();
    busy = true;
  }

  constexpr std::size_t ahead = 4;  // it comes from memory while those before it are called
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (i + ahead < ready.size()) __builtin_prefetch(ready[i + ahead].who);
    ready[i].who->on_ready(ready[i].events);
  }

  turn_queue now;
  now.swap(coming_);
  while (auto* target = now.pop()) {
    target->on_turn();
    busy = true;
  }
  while (auto* target = ending_.pop()) {
    target->on_turn();
    busy = true;
  }

  bury();
  const auto length = world_->now() - turn_began_;
  longest_turn_ = std::max(longest_turn_, length);
  longest_turn_ever_ = std::max(longest_turn_ever_, length);
  lag_.record(length);
  ++turns_;
  return busy;
}

void reactor::bury() noexcept {
  for (std::size_t i = 0; i < discarded_.size(); ++i) discarded_[i]->on_discarded();
  discarded_.clear();
}

void reactor::set_timeout(event_target& target, duration delay) noexcept {
  // The wheel's clock stands at the beginning of this turn, up to one tick and one turn ago: one more, never early.
  wheel_.set(target, static_cast<timer_wheel::ticks>(std::max<duration::rep>(delay.count(), 0)) + 1);
}

}  // namespace peregrine
