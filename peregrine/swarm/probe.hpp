// What a server speaks, found out by one WebSocket: what a swarm needs depends on it.
#pragma once

#include "peregrine/connection/dialer.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/swarm/options.hpp"

#include <vector>

namespace peregrine::swarm {

// Opens one as the swarm will, and closes it. `automatic` when the server does not tell, whatever the reason: the swarm
// meets and counts it as well. Takes --timeout at most, and makes a reactor that is gone when it returns.
http_version spoken_at(const options& chosen, const address& to, const std::vector<address>& sources);

}  // namespace peregrine::swarm
