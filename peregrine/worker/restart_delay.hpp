// How long to wait before a fallen process is started anew: not at all, unless it falls again and again.
#pragma once

#include <algorithm>
#include <chrono>

namespace peregrine::worker {

class restart_delay {
 public:
  // After a process that has lived so long.
  std::chrono::milliseconds next(std::chrono::milliseconds lived) {
    using namespace std::chrono_literals;
    if (lived >= 10s) next_ = 0ms;  // it did not fall because of how it starts
    const auto now = next_;
    next_ = std::clamp<std::chrono::milliseconds>(now * 2, 100ms, 10s);
    return now;
  }

 private:
  std::chrono::milliseconds next_{0};
};

}  // namespace peregrine::worker
