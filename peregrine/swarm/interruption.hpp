// SIGINT and SIGTERM as something to poll for. While it lives they end nothing by themselves; afterwards all is as
// before.
#pragma once

#include <signal.h>

namespace peregrine::swarm {

class interruption {
 public:
  // Throws std::system_error where the system gives no descriptor.
  interruption();
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  int descriptor() const noexcept { return descriptor_; }

  // Takes what has come; true from the first on.
  bool has_come() noexcept;

 private:
  int descriptor_;
  bool has_come_ = false;
  sigset_t before_;
};

}  // namespace peregrine::swarm
