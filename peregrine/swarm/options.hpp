// What a person may ask of a swarm. The defaults are what `peregrine swarm URL` does without a flag.
#pragma once

#include "peregrine/connection/dialer.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace peregrine::swarm {

struct options {
  std::string url;
  std::uint64_t count = 1000;

  http_version version = http_version::automatic;
  std::uint64_t streams = 128;  // WebSockets on one HTTP/2 connection; fewer if the server allows fewer

  std::optional<std::uint64_t> concurrency;   // handshakes in flight, of all processes together; none: as suits them
  std::optional<double> rate;                 // new connections per second; none: as fast as it goes
  std::vector<std::string> bind;              // source addresses and ranges of them; none: the system chooses
  std::optional<std::uint64_t> processes;     // none: as many as the limit of open files demands
  std::chrono::milliseconds timeout{10'000};  // for one handshake, and for one broadcast to reach everybody
  std::chrono::milliseconds hold{5'000};
  std::chrono::milliseconds ping{0};  // a member whose server is silent for so long pings it; 0: never

  std::uint64_t broadcasts = 0;  // one speaks, all must hear; so many times
  std::uint64_t size = 64;       // bytes of each message, broadcast or echo

  std::uint64_t echo = 0;           // members that send and wait for their own message to come back
  std::optional<double> echo_rate;  // messages per second, of all of them together; none: each sends when it has heard
  std::chrono::milliseconds echo_for{5'000};

  std::string authorities;  // for wss: a PEM file of those who are trusted to sign; empty: as this machine trusts
  bool insecure = false;    // for wss: any certificate will do

  bool deflate = false;  // offer permessage-deflate (RFC 7692)
  std::string origin;
  std::vector<std::string> headers;  // "Name: value"
  std::vector<std::string> subprotocols;
};

}  // namespace peregrine::swarm
