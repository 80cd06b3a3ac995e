// The whole story: looks at the limits, starts a server, sends a swarm, holds, broadcasts, and tells what it cost.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/journey/story.hpp"

#include <chrono>
#include <cstdint>

namespace peregrine::journey {

// As the seed went: 100,000 over HTTP/2 with TLS.
struct options {
  std::uint64_t to = 100'000;
  bool http2 = true;   // else HTTP/1.1, and each a TCP connection
  bool plain = false;  // without TLS
  std::chrono::milliseconds hold{5'000};
  std::uint64_t broadcasts = 3;
  std::chrono::milliseconds ping_interval{25'000};  // the server's, or longer: it sends 10,000 pings a second at most
  bool apply = false;                               // set, as root, what is too low here, for as long as it takes
};

// An error: it could not begin. SIGINT and SIGTERM end the swarm early and the story is told as far as it went.
result<story> run(const options& chosen);

}  // namespace peregrine::journey
