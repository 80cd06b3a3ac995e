// A line in the log for who came and went in all workers, at most one a second, and none while nobody does.
#pragma once

#include "peregrine/runtime/reactor.hpp"
#include "peregrine/worker/board.hpp"

#include <cstdint>
#include <map>

namespace peregrine::worker {

class board_census final : private event_target {
 public:
  // On the current reactor, from here on.
  explicit board_census(const board& read);

 private:
  struct sum {
    std::uint64_t live = 0;
    std::uint64_t opened = 0;
    std::map<std::uint16_t, std::uint64_t> closed;
  };
  void on_timeout() override;
  sum now() const;

  const board& board_;
  sum before_;
};

}  // namespace peregrine::worker
