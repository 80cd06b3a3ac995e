// SIGINT and SIGTERM, as something that the loop hears. While it lives they end nothing by themselves.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <signal.h>

#include <functional>

namespace peregrine::chat {

class stop_signals final : private watched {
 public:
  // Throws std::system_error where the system gives no descriptor.
  explicit stop_signals(std::function<void()> on_signal);
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;
  ~stop_signals();

  result<> watch();

 private:
  void on_ready(std::uint32_t) override;

  std::function<void()> on_signal_;
  int descriptor_;
  sigset_t before_{};
};

}  // namespace peregrine::chat
