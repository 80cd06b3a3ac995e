// The processors that this process may run on, and how it shares them.
#pragma once

#include <cstdint>

namespace peregrine {

// Those that this process may run on, which may be fewer than the machine has; 1 where that is not known.
std::uint64_t processors() noexcept;

// To be called by one of so many processes that work as hard as each other, or by who starts them. Where they are more
// than the processors, none takes a processor from another as soon as it has something to do (SCHED_BATCH, sched(7)):
// each finds more to do when its time comes, and they change places less often. A policy that somebody chose is kept.
void share_processors(std::uint64_t processes) noexcept;
// Whether this process does.
bool shares_processors() noexcept;

}  // namespace peregrine
