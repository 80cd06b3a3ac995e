// The ledger: what this process's memory is spent on, line by line. Every object that lives long comes from a slab or
// is counted where it is taken from the heap, so that the lines are sums and not samples.
#pragma once

#include "peregrine/base/owner.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace peregrine {

struct ledger_line {
  std::string name;
  owner whose;
  std::uint64_t objects;  // live; 0 where there are none to be counted
  std::int64_t bytes;
  const void* source;  // the same for the same line, whose name may change
};

// `quick` takes a millisecond at most, however much there is: of a heap beyond 192 MiB it looks at a part each time
// (heap_survey), and is right once it has been through. `thorough` looks at each of its pages.
enum class look : bool { quick, thorough };

// As of now.
std::vector<ledger_line> read_ledger(look how);

// What the system says that a process takes.
struct process_memory {
  std::uint64_t anonymous = 0;  // bytes: what it has written
  std::uint64_t files = 0;      // bytes: its share in the pages of programs and libraries that it has read in
  std::uint64_t shared = 0;     // bytes: its share in memory that it writes to together with other processes
  std::uint64_t sum() const noexcept { return anonymous + files + shared; }  // PSS
};

// Of this process, from /proc/self/smaps_rollup: the system looks at every page, 100 ms for a gigabyte.
process_memory measure_memory();

// In microseconds: `anonymous` from the system's counters (/proc/self/statm), the others, which change little, as
// before.
process_memory count_memory(const process_memory& before);

// The former as long as it takes no more than some milliseconds, the latter where it would.
process_memory read_memory(const process_memory& before);

}  // namespace peregrine
