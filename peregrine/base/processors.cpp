#include "peregrine/base/processors.hpp"

#include <sched.h>

namespace peregrine {

std::uint64_t processors() noexcept {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? static_cast<std::uint64_t>(CPU_COUNT(&allowed)) : 1;
}

void share_processors(std::uint64_t processes) noexcept {
  if (processes <= processors() || sched_getscheduler(0) != SCHED_OTHER) return;
  constexpr sched_param no_priority{};
  sched_setscheduler(0, SCHED_BATCH, &no_priority);  // where it may not be, all is as it was
}

bool shares_processors() noexcept {
  return sched_getscheduler(0) == SCHED_BATCH;
}

}  // namespace peregrine
