#include "peregrine/base/processors.hpp"

#include <sched.h>
#include <sys/resource.h>

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

void go_first() noexcept {
  constexpr int before_all_others = -20;
  if (getpriority(PRIO_PROCESS, 0) != 0) return;
  constexpr sched_param no_priority{};
  if (sched_getscheduler(0) == SCHED_BATCH) sched_setscheduler(0, SCHED_OTHER, &no_priority);
  setpriority(PRIO_PROCESS, 0, before_all_others);  // where it may not be, it takes its turn
}

}  // namespace peregrine
