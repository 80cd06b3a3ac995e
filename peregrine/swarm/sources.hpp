// The local addresses that a swarm connects from. Each has a port range of its own towards the server, about 28,000
// ports as Linux comes, so that many connections to one server need several.
#pragma once

#include "peregrine/base/machine.hpp"
#include "peregrine/base/result.hpp"
#include "peregrine/net/address.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace peregrine::swarm {

// From addresses ("127.0.0.2"), ranges of IPv4 addresses with both ends ("127.0.0.1-127.0.0.32"), and lists of either
// divided by commas. At most 65,536.
result<std::vector<address>> parse_sources(const std::vector<std::string>& given);

// How many connections one source address has ports for.
std::uint64_t ports_per_source(const machine& here = machine::local());

// As many addresses of this machine's loopback network as it takes to open `count` connections to `to` quickly from so
// many processes, each with addresses of its own; none where one is enough or `to` is not in 127.0.0.0/8, all of which
// is ours to bind (RFC 1122 §3.2.1.3).
std::vector<address> spread_over_loopback(const address& to, std::uint64_t count, std::uint64_t processes,
                                          const machine& here = machine::local());

}  // namespace peregrine::swarm
