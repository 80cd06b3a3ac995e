// What the reactor asks the world: the time, and which descriptors are ready. The seam at which tests put a clock that
// they turn by hand.
#pragma once

#include "peregrine/base/result.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace peregrine {

// Base of what waits for a descriptor. `events` are those of epoll (EPOLLIN, EPOLLOUT, …), edge by edge unless it was
// watched with `level`.
class watched {
 public:
  virtual void on_ready(std::uint32_t events) = 0;

  // See reactor::discard.
  virtual void on_discarded() noexcept {}

 protected:
  ~watched() = default;
};

class poller {
 public:
  struct ready {
    watched* who;
    std::uint32_t events;
  };
  enum class trigger : std::uint8_t { edge, level };

  virtual ~poller() = default;

  virtual result<> add(int descriptor, std::uint32_t events, trigger how, watched& who) = 0;
  // Changes the events of a descriptor that was added edge by edge; what is ready now is reported again.
  virtual void rearm(int descriptor, std::uint32_t events, watched& who) noexcept = 0;
  // Closing a descriptor removes it too.
  virtual void remove(int descriptor) noexcept = 0;

  // Waits for at most `timeout` milliseconds (negative: for ever) and returns what is ready, valid until the next call.
  virtual std::span<const ready> wait(int timeout) = 0;
  // Whoever else wants this processor has it first (sched_yield(2)).
  virtual void let_others_first() noexcept = 0;

  // Nanoseconds of a clock that never goes back.
  virtual std::uint64_t now() const noexcept = 0;
};

// Linux epoll and CLOCK_MONOTONIC. Throws std::system_error where the system gives no epoll descriptor.
std::unique_ptr<poller> make_epoll_poller();

}  // namespace peregrine
