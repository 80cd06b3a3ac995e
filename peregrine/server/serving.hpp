// A process that serves: its door, its rooms, what it tells of itself, and its leave.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/server/plan.hpp"
#include "peregrine/worker/service_manager.hpp"
#include "peregrine/worker/station.hpp"

#include <memory>

namespace peregrine::server {

// Returns when a signal has ended it, as `run` does. `station` is a worker's place, or null: this is the server's only
// process.
result<> serve(plan ours, std::unique_ptr<worker::station> station, worker::service_manager& manager);

}  // namespace peregrine::server
