// Writes the ledger of this process on the board.
#pragma once

#include "peregrine/base/ledger.hpp"
#include "peregrine/worker/board.hpp"

#include <cstdint>
#include <vector>

namespace peregrine::worker {

class ledger_book {
 public:
  // What there is now is what the process has before anybody comes: to be made when it listens. `place`, this process's
  // on the board, outlives it.
  explicit ledger_book(figures& place);

  // How things are now; takes microseconds. `live`, `opened` and `delivered` of the place are to be up to date.
  void write();

  // The same, with the memory of the process as exact as can be had within milliseconds, for who wants to know.
  void write_exactly();

  // A second has passed: the figures of intervals begin anew.
  void begin_interval();

 private:
  struct position {
    std::uint64_t opened = 0;
    std::uint64_t delivered = 0;
    std::uint64_t cpu = 0;  // ns
  };

  position now() const noexcept;
  void write(const process_memory& memory, look how);

  figures& place_;
  std::vector<ledger_line> before_;
  process_memory memory_before_;
  process_memory memory_;
  std::uint64_t measured_ = 0;  // of its anonymous bytes, when all of it was measured last
  position interval_;
};

// What the kernel spends before the server begins, for `allocations` to tell the difference. On the board's past.
void write_kernel(figures& past);

}  // namespace peregrine::worker
