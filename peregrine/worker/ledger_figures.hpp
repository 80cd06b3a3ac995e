// The ledger of one process, where others can read it: what its memory is spent on, line by line, now and when it
// began to serve, and its costs in time.
#pragma once

#include "peregrine/base/duration_counts.hpp"
#include "peregrine/base/owner.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace peregrine::worker {

struct ledger_figures {
  using figure = std::atomic<std::uint64_t>;

  struct line {
    static constexpr std::size_t longest = 80;  // bytes of a name
    std::array<char, longest> name;             // may be read while it is written: for people, not for programs
    figure size;                                // of the name
    figure whose;                               // an `owner`
    figure objects;
    figure bytes;
    figure objects_before;  // when it began to serve
    figure bytes_before;
  };

  figure count;  // of lines; 0: nothing was written yet
  std::array<line, 48> lines;

  figure memory;  // bytes that the process takes (PSS)
  figure memory_before;

  figure cpu;         // ns, since it began
  figure cpu_system;  // of these, in the kernel
  // Of the last interval, which takes a second: connections, messages, ns.
  figure interval_opened;
  figure interval_delivered;
  figure interval_cpu;

  std::array<figure, duration_counts::bounds.size() + 1> lag;  // turns of the loop by their length
  figure lag_sum;                                              // ns
  figure longest_turn;                                         // ns
};

}  // namespace peregrine::worker
