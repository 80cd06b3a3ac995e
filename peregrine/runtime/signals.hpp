// SIGINT and SIGTERM, or others that are named, as something that the loop hears, or that whoever has no loop polls
// for. While it lives they end nothing by themselves; afterwards all is as before.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/runtime/poller.hpp"

#include <signal.h>

#include <functional>
#include <initializer_list>

namespace peregrine {

class signals final : private watched {
 public:
  // Throws std::system_error where the system gives no descriptor.
  signals() : signals({SIGINT, SIGTERM}) {}
  explicit signals(std::initializer_list<int> heard);
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;
  ~signals();

  // The current reactor calls `on_signal` with the number of each.
  result<> watch(std::function<void(int)> on_signal);

  // Without a reactor: is readable when one has come, and `take` gives the number of the next that has, or 0.
  int descriptor() const noexcept { return descriptor_; }
  int take() noexcept;

 private:
  void on_ready(std::uint32_t) override;

  std::function<void(int)> on_signal_;
  int descriptor_;
  sigset_t before_{};
};

}  // namespace peregrine
