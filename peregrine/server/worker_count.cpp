#include "peregrine/server/worker_count.hpp"

#include "peregrine/base/units.hpp"
#include "peregrine/doctor/limits.hpp"

#include <sched.h>

namespace peregrine::server {

namespace {

constexpr std::uint64_t most_workers = 200;

// Those that this process may run on, which may be fewer than the machine has.
std::uint64_t processors() noexcept {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? static_cast<std::uint64_t>(CPU_COUNT(&allowed)) : 1;
}

}  // namespace

result<std::uint64_t> worker_count(const std::string& asked, std::uint64_t capacity, const machine& here) {
  std::uint64_t count = 0;
  if (asked == "auto") {
    count = capacity > 0 ? doctor::server_processes_for(capacity, here) : processors();
  } else {
    const auto number = parse_count(asked);
    if (!number || *number == 0) {
      return failure{"--workers '" + asked + "' is no number of processes; expected a number such as 4, or auto"};
    }
    count = *number;
  }
  if (count > most_workers) {
    return failure{"--workers " + asked + " makes " + print_count(count) + " processes; expected " +
                   print_count(most_workers) + " at most. Let each open more files (ulimit -n) for more connections"};
  }
  return count;
}

}  // namespace peregrine::server
