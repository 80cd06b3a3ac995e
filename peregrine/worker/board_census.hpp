// A line in the log for who came and went in all workers, at most one a second, and none while nobody does.
#pragma once

#include "peregrine/connection/endpoint.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/worker/board.hpp"

namespace peregrine::worker {

class board_census final : private event_target {
 public:
  // On the current reactor, from here on.
  explicit board_census(const board& read);

 private:
  void on_timeout() override;
  connection_counts now() const;

  const board& board_;
  connection_counts before_;
};

}  // namespace peregrine::worker
