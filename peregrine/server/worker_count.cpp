#include "peregrine/server/worker_count.hpp"

#include "peregrine/base/processors.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/doctor/limits.hpp"

#include <algorithm>

namespace peregrine::server {

namespace {

constexpr std::uint64_t most_workers = 200;

}  // namespace

result<std::uint64_t> worker_count(const std::string& asked, std::uint64_t capacity, const machine& here) {
  std::uint64_t count = 0;
  if (asked.empty() || asked == "auto") {
    const auto needed = capacity > 0 ? doctor::server_processes_for(capacity, here) : 0;
    count = asked.empty() || needed == 0 ? std::max(needed, processors()) : needed;
  } else {
    const auto number = parse_count(asked);
    if (!number || *number == 0) {
      return failure{"--workers '" + asked + "' is no number of processes; expected a number such as 4, or auto"};
    }
    count = *number;
  }
  if (count > most_workers) {
    return failure{(asked.empty() ? "--capacity " + std::to_string(capacity) : "--workers " + asked) + " makes " +
                   print_count(count) + " processes; expected " + print_count(most_workers) +
                   " at most. Let each open more files (ulimit -n) for more connections"};
  }
  return count;
}

}  // namespace peregrine::server
