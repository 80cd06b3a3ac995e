// From what a person asked for to what a swarm can work with, or a sentence that says what is wrong with it.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/doctor/limits.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/swarm/options.hpp"
#include "peregrine/swarm/share.hpp"

#include <functional>
#include <vector>

namespace peregrine::swarm {

struct plan {
  address to;  // looked up once, for all connections
  share whole;
  std::uint64_t processes = 1;
  bool spreads_over_loopback = false;  // source addresses were chosen by the swarm
  doctor::demand needs;                // of the swarm alone: what its server needs is not known
};

using probe =
    std::function<http_version(const options& chosen, const address& to, const std::vector<address>& sources)>;

// Where the server decides what is spoken (`automatic`, over TLS) it is probed, once all else was found to make sense.
// What it does not tell is planned for as HTTP/1.1, which needs more.
result<plan> check(const options& chosen, const probe& ask);

}  // namespace peregrine::swarm
