// A swarm: opens many WebSockets to any server, holds them, makes them talk, and reports.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/swarm/growth.hpp"
#include "peregrine/swarm/options.hpp"
#include "peregrine/swarm/report.hpp"

#include <functional>

namespace peregrine::swarm {

// Called while the swarm goes on, for who wants to look at the server meanwhile.
struct milestones {
  std::function<void()> opened = [] {};  // all that could be opened are open, and nobody has spoken yet
  std::function<void()> held = [] {};    // they were held, and spoke no more than their pings
  std::function<void()> spoken = [] {};  // all was said and heard; they are about to leave
  server_memory server = {};             // asked now and then while they are being opened; empty: nobody knows
};

// Waits until all is done, or until SIGINT or SIGTERM, which it takes for itself meanwhile: then it ends within a
// second and reports what was reached. Forks; there must be no reactor on this thread. An error is a mistake in the
// options, or a machine that gives no processes: nothing was tried.
result<report> run(const options& chosen, const milestones& told = {});

}  // namespace peregrine::swarm
