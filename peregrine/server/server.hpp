// The chat server as a whole: listens, serves until a signal, and takes its leave.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/server/options.hpp"

namespace peregrine::server {

// Returns when a signal has ended it: SIGTERM closes everybody with 1012, spread over `chosen.drain`, SIGINT with 1001
// at once; a second one ends at once, which is an error, as is what keeps it from starting. SIGHUP has it read its
// certificate again; of SIGUSR2 it says that it cannot replace itself. With several workers this process is their
// supervisor (worker/supervisor.hpp has its signals).
result<> run(const options& chosen);

}  // namespace peregrine::server
