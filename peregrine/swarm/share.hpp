// One process's share of a swarm.
#pragma once

#include "peregrine/net/address.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace peregrine::swarm {

struct share {
  std::uint64_t count = 0;        // connections to open
  std::uint64_t concurrency = 1;  // handshakes in flight
  std::uint64_t active = 0;       // of the members, how many echo
  std::optional<double> rate;     // new connections per second
  std::optional<double> echo_rate;
  std::vector<address> sources;
};

// Cut into `processes` shares as even as can be, none without a connection to open: fewer where `whole.count` is less.
// With at least as many source addresses as processes each has addresses of its own, else all have all.
std::vector<share> divide(const share& whole, std::uint64_t processes);

}  // namespace peregrine::swarm
