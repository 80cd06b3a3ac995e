// A timer exact to some ten microseconds, for what is sent at a rate: the reactor's own wheel counts milliseconds.
#pragma once

#include "peregrine/runtime/reactor.hpp"

#include <cstdint>
#include <functional>

namespace peregrine::swarm {

class alarm final : private watched {
 public:
  // Throws std::system_error where the system gives no timer.
  explicit alarm(std::function<void()> ring);
  ~alarm();
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;

  // Rings once, at `time` (ns of CLOCK_MONOTONIC) or at once if that is past. Set anew, it forgets what it was set for.
  void set(std::uint64_t time) noexcept;

 private:
  void on_ready(std::uint32_t events) override;

  std::function<void()> ring_;
  int timer_;
};

}  // namespace peregrine::swarm
