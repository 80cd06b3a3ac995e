// What a server's connections cost, in objects, bytes and time: all its ledgers, read from the board, as a page for a
// person and for a program. Any process of the server can tell it.
#pragma once

#include "peregrine/base/kernel_memory.hpp"
#include "peregrine/base/owner.hpp"
#include "peregrine/worker/board.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace peregrine::worker {

// A line of a ledger, or of several under the same name.
struct allocation {
  std::string name;
  owner whose;
  std::uint64_t objects;
  std::int64_t bytes;
  std::int64_t objects_added;  // since the server began
  std::int64_t bytes_added;
};

// Of one process; or of all together, then in time and counts with those that are gone.
struct allocations {
  std::uint64_t worker = 0;   // its number
  std::uint64_t process = 0;  // its id
  std::uint64_t live = 0;     // connections
  std::uint64_t opened = 0;
  std::uint64_t delivered = 0;
  std::vector<allocation> lines;  // the largest first
  std::uint64_t memory = 0;       // bytes that it takes (PSS)
  std::int64_t memory_added = 0;
  std::uint64_t cpu = 0;         // ns
  std::uint64_t cpu_system = 0;  // of these, in the kernel
  std::uint64_t interval_opened = 0;
  std::uint64_t interval_delivered = 0;
  std::uint64_t interval_cpu = 0;
  duration_counts lag;
  std::uint64_t longest_turn = 0;  // ns

  std::int64_t bytes_added() const noexcept;
  std::int64_t objects_added() const noexcept;
  // The part of what memory was added that no line has; negative where the lines have more. 0.01 is 1 %.
  double unaccounted() const noexcept;
};

struct allocation_report {
  allocations all;
  std::vector<allocations> workers;
  std::vector<allocation> kernel;  // of the whole machine
};

allocation_report read_allocations(const board& of, const kernel_memory& kernel = measure_kernel());

std::string describe(const allocation_report& told);
nlohmann::ordered_json to_json(const allocation_report& told);

}  // namespace peregrine::worker
