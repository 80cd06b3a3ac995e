// The chat server as a whole: listens, serves until a signal, and takes its leave.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/server/options.hpp"

namespace peregrine::server {

// Returns when a signal has ended it: SIGTERM or SIGINT close everybody with 1001 within `chosen.drain`; a second one
// ends at once, which is an error, as is what keeps it from starting. SIGHUP has it read its certificate again.
result<> run(const options& chosen);

}  // namespace peregrine::server
