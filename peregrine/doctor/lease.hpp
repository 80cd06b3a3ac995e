// Settings of the machine that hold for as long as somebody needs them. A process beside this one puts them back,
// however this one ends: by itself, by a signal, by a fall.
#pragma once

#include "peregrine/doctor/remedy.hpp"

#include <sys/types.h>

#include <utility>
#include <vector>

namespace peregrine::doctor {

class lease {
 public:
  // Sets, as root, what is too low. Forks; an error is a machine that gives no process, and nothing was set.
  static result<lease> take(const plan& found, const surroundings& here = surroundings::local());

  lease(lease&& other) noexcept
      : keeper_(std::exchange(other.keeper_, 0)),
        line_(std::exchange(other.line_, -1)),
        made_(std::move(other.made_)) {}
  lease& operator=(lease&&) = delete;
  ~lease() { give_back(); }

  // What was set, and what could not be.
  const std::vector<change>& changes() const noexcept { return made_; }

  // Returns when all is as it was, but for what somebody else has set meanwhile.
  void give_back() noexcept;

 private:
  lease(pid_t keeper, int line) noexcept : keeper_(keeper), line_(line) {}

  pid_t keeper_;  // 0: none
  int line_;      // closed when this process ends
  std::vector<change> made_;
};

}  // namespace peregrine::doctor
