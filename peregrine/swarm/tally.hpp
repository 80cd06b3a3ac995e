// What one process of a swarm counts, phase by phase, and how the counts of several add up.
#pragma once

#include "peregrine/base/histogram.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace peregrine::swarm {

// Times are nanoseconds of CLOCK_MONOTONIC, 0 where there is none; histograms are in microseconds.

struct failure_count {
  std::uint64_t count = 0;
  std::string explanation;  // of the first of them
};

struct opening_tally {
  std::uint64_t opened = 0;
  std::map<std::string, failure_count> failed;  // by reason: see name_of() in opener.hpp
  histogram handshake;                          // from the first packet to the connection that is open
  std::uint64_t carriers = 0;                   // TCP connections of HTTP/2 that carry them; 0: each has its own
  std::uint64_t began = 0;
  std::uint64_t ended = 0;
  std::uint64_t cpu = 0;         // nanoseconds that this process worked meanwhile
  std::uint64_t user_bytes = 0;  // by which the process grew
  bool is_saturated = false;     // the process had hardly a moment to rest: it, not the server, set the pace

  std::uint64_t failures() const noexcept;
  void merge(const opening_tally& other);
};

struct hearing_tally {
  std::uint64_t delivered = 0;
  std::uint64_t duplicates = 0;  // heard by somebody who had heard it before
  std::uint64_t last = 0;        // when the last was heard
  histogram latency;

  void merge(const hearing_tally& other);
};

struct echo_tally {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t began = 0;
  std::uint64_t ended = 0;  // of sending
  histogram latency;

  void merge(const echo_tally& other);
};

struct closing_tally {
  std::map<std::string, std::uint64_t> lost;  // before it was their time, by close code
  std::uint64_t cpu = 0;                      // nanoseconds, of the whole life of the process

  std::uint64_t losses() const noexcept;
  void merge(const closing_tally& other);
};

}  // namespace peregrine::swarm
