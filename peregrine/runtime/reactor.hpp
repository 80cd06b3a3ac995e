// The loop of a worker: readiness, time, and turns.
//
// A turn: time-outs that came due, descriptors that are ready, jobs put off to this turn; then the end of the turn, at
// which everything that was gathered during it leaves. One reactor to a thread, and one thread to a worker.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/base/duration_counts.hpp"
#include "peregrine/runtime/poller.hpp"
#include "peregrine/runtime/task.hpp"
#include "peregrine/runtime/timer_wheel.hpp"

#include <cassert>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace peregrine {

// Base of what lives on the loop: it can be timed, called at the end of a turn or in the next one, and told of the end
// of a task that it started. One virtual table for all of it: 32 bytes, once per connection. Its destructor takes it
// off the wheel; it must not be destroyed while it is queued.
class event_target : public completion, public timed {
 public:
  virtual void on_timeout() {}
  virtual void on_turn() {}
  void on_finished(std::exception_ptr) noexcept override {}

  // Whether a call of `on_turn` is due.
  bool is_queued() const noexcept { return next_ != nullptr; }

 protected:
  event_target() = default;
  virtual ~event_target() = default;

 private:
  friend class turn_queue;
  event_target* next_ = nullptr;
};

// First in, first out, linked through its elements; the last points to itself.
class turn_queue {
 public:
  bool empty() const noexcept { return first_ == nullptr; }

  // Nothing happens if it is queued already.
  void push(event_target& target) noexcept {
    if (target.next_) return;
    target.next_ = &target;
    (last_ ? last_->next_ : first_) = &target;
    last_ = &target;
  }

  event_target* pop() noexcept {
    event_target* const taken = first_;
    if (!taken) return nullptr;
    if (taken == last_) {
      first_ = last_ = nullptr;
    } else {
      first_ = taken->next_;
      __builtin_prefetch(first_);  // it comes from memory while the one before it is called
      __builtin_prefetch(reinterpret_cast<std::byte*>(first_) + 64);
    }
    taken->next_ = nullptr;
    return taken;
  }

  void clear() noexcept {
    while (pop()) {
    }
  }
  void swap(turn_queue& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(last_, other.last_);
  }

 private:
  event_target* first_ = nullptr;
  event_target* last_ = nullptr;
};

class reactor {
 public:
  using duration = std::chrono::milliseconds;

  explicit reactor(std::unique_ptr<poller> world = make_epoll_poller());
  reactor(const reactor&) = delete;
  reactor& operator=(const reactor&) = delete;
  ~reactor();

  // The reactor of this thread; there must be one.
  static reactor& current() noexcept {
    assert(of_this_thread_ && "no reactor was made on this thread");
    return *of_this_thread_;
  }

  void run();  // turns until `stop` is called
  void stop() noexcept { stopped_ = true; }
  bool run_turn(bool may_wait = true);  // one turn; false when nothing was ready, due or queued

  // Milliseconds since the reactor was made, as of the beginning of this turn.
  std::uint64_t now() const noexcept { return wheel_.now(); }
  // Nanoseconds of a clock that all processes of this machine share, read at the call.
  std::uint64_t precise_now() const noexcept { return world_->now(); }
  // The same, as of the beginning of this turn: asks nobody.
  std::uint64_t turn_began() const noexcept { return turn_began_; }

  poller& world() noexcept { return *world_; }

  // Whether whoever else wants this processor has it each time before the loop waits. Then more is ready at once, and
  // later: for one of many processes that receive much and share few processors.
  void set_goes_last(bool does) noexcept { goes_last_ = does; }

  // `target.on_timeout()` is called once, not before `delay` has passed and late by a seventh of it at most.
  void set_timeout(event_target& target, duration delay) noexcept;
  static void clear_timeout(event_target& target) noexcept { target.unlink(); }

  // `target.on_turn()` is called at the end of this turn, after all who asked before.
  void at_turn_end(event_target& target) noexcept { ending_.push(target); }
  // `target.on_turn()` is called in the next turn, which comes at once; in this one, when all descriptors that are
  // ready have been served, for who asks while they are.
  void in_next_turn(event_target& target) noexcept { coming_.push(target); }

  // `closed.on_discarded()` is called when this turn is over, for it to destroy itself: until then the poller may still
  // hold an event for it, and a caller of one of its functions may be on the stack.
  void discard(watched& closed) { discarded_.push_back(&closed); }

  // The one receive buffer of this loop, lent to whoever reads: what is in it is valid until the reader suspends. Its
  // end is followed by 64 readable bytes, for parsers that look ahead.
  mutable_bytes receive_buffer() noexcept { return {buffers_.get(), receive_buffer_size}; }
  // Another like it, for what is received from many before it is handed on from many.
  mutable_bytes gathering_buffer() noexcept {
    return {buffers_.get() + receive_buffer_size + look_ahead, gathering_buffer_size};
  }

  // The longest time, in nanoseconds, that a turn kept everybody else waiting since the last call of
  // `reset_longest_turn`.
  std::uint64_t longest_turn() const noexcept { return longest_turn_; }
  void reset_longest_turn() noexcept { longest_turn_ = 0; }
  std::uint64_t longest_turn_ever() const noexcept { return longest_turn_ever_; }
  std::uint64_t turns() const noexcept { return turns_; }
  // How long each turn so far kept everybody else waiting: the lag of the loop.
  const duration_counts& lag() const noexcept { return lag_; }

  // co_await loop.sleep(250ms)
  auto sleep(duration length) noexcept {
    struct sleeper final : event_target {
      sleeper(reactor& loop, duration length) : loop_(loop), length_(length) {}
      void on_timeout() override { waiter_.resume(); }
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiter) noexcept {
        waiter_ = waiter;
        loop_.set_timeout(*this, length_);
      }
      void await_resume() const noexcept {}
      reactor& loop_;
      duration length_;
      std::coroutine_handle<> waiter_;
    };
    return sleeper(*this, length);
  }

 private:
  static constexpr std::size_t receive_buffer_size = std::size_t{64} * 1024;
  static constexpr std::size_t gathering_buffer_size = std::size_t{32} * 1024;
  static constexpr std::size_t look_ahead = 64;
  static constexpr int timeouts_per_turn = 1024;

  int wait_time(bool may_wait) const noexcept;
  void bury() noexcept;

  inline static constinit thread_local reactor* of_this_thread_ = nullptr;

  std::unique_ptr<poller> world_;
  std::uint64_t started_;  // ns of the poller's clock
  timer_wheel wheel_;
  turn_queue ending_;
  turn_queue coming_;
  std::vector<watched*> discarded_;
  std::unique_ptr<std::byte[]> buffers_;  // memory from the start on: no peer's first message makes the process grow
  bool stopped_ = false;
  bool goes_last_ = false;
  std::uint64_t turn_began_ = started_;
  std::uint64_t longest_turn_ = 0;
  std::uint64_t longest_turn_ever_ = 0;
  std::uint64_t turns_ = 0;
  duration_counts lag_;
};

}  // namespace peregrine
