#pragma once

#include "options.hpp"
#include "server_process.hpp"
#include <cstdint>
#include <vector>

namespace bench {

// A server under measurement, and the CPU of each round, in microseconds per handshake or delivery.
struct target {
  std::uint16_t port;
  server_process server;
  std::vector<double> microseconds;
};

// The server of --port and --pid and, where a second is to be measured in the same breath, that of --beside-port and
// --beside-pid. Rounds alternate between them, so that whatever slows the machine for a while slows both.
std::vector<target> targets_of(options&);

// `"server": {…}, "beside": {…}`, each with the figure's median, least, most and rounds.
std::string figures_as_json(const std::vector<target>&);

}  // namespace bench
