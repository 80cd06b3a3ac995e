// A swarm's process, from its start to its end: opens its share, does as it is told over the channel, and reports.
//
//   from the parent              to the parent
//                                progress {opened, failed, lost, bytes}   every 50 ms in which something changed
//                                opened   opening_tally               once, when all were tried
//   listen {broadcast}           listening {live}
//   say {broadcast}              said {time}
//   enough                       heard hearing_tally                  once for each listen: all have heard, or enough
//   echo                         echoed echo_tally                    its time is over and all came back, or enough
//   stop                         opened                               without waiting for the rest
//   finish {peacefully}          finished closing_tally               the last word
#pragma once

#include "peregrine/net/address.hpp"
#include "peregrine/swarm/options.hpp"
#include "peregrine/swarm/share.hpp"
#include "peregrine/swarm/wire.hpp"

#include <chrono>
#include <cstdint>

namespace peregrine::swarm {

// How long so many connections, of all processes together, may take to leave in peace.
constexpr std::chrono::milliseconds time_to_part(std::uint64_t connections) {
  return std::chrono::milliseconds(2'000 + connections / 20);
}

// In a process that was forked for it and has no reactor yet. `first` is the number of its first member, `swarm` what
// tells this swarm from others. Ends the process.
[[noreturn]] void live_as_member_process(channel parent, const options& chosen, const share& ours, const address& to,
                                         std::uint32_t first, std::uint32_t swarm);

}  // namespace peregrine::swarm
