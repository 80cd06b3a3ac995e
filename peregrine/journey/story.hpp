// What a journey found out, for a reader and as JSON.
#pragma once

#include "peregrine/base/kernel_memory.hpp"
#include "peregrine/doctor/limits.hpp"
#include "peregrine/swarm/report.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace peregrine::journey {

// What was read at one moment.
struct reading {
  std::uint64_t time = 0;          // ns of CLOCK_MONOTONIC
  std::uint64_t server_bytes = 0;  // of its own resident data, in all its processes
  std::uint64_t swarm_bytes = 0;   // likewise, with the journey itself
  std::uint64_t server_cpu = 0;    // ns
  std::uint64_t swarm_cpu = 0;
  kernel_memory kernel;
};

struct story {
  std::uint64_t asked = 0;
  std::uint64_t went_for = 0;  // as many as the limits allow
  doctor::plan limits;
  reading before;  // the server listens, nobody is there
  reading opened;  // all are there and idle
  reading held;    // all were held
  reading spoken;  // all have heard what was said
  swarm::report swarm;
  bool server_ended_well = false;

  // What one connection added, in bytes; 0 if there is none.
  std::uint64_t server_user_bytes() const noexcept;
  std::uint64_t kernel_bytes() const noexcept;  // both ends together
  double server_handshake_microseconds() const noexcept;
  double client_handshake_microseconds() const noexcept;
  double server_delivery_microseconds() const noexcept;  // of CPU, for a message of a broadcast
  double client_delivery_microseconds() const noexcept;
  double idle_cpu() const noexcept;  // of the server while it held them: 0.01 is 1 % of a core

  // All that was asked for: less far than that is not a success, however well it went.
  bool succeeded() const noexcept { return swarm.succeeded() && server_ended_well && went_for == asked; }
  // Lines, the last without an end; with sparklines where `is_drawn`.
  std::string describe(bool is_drawn) const;
};

nlohmann::ordered_json to_json(const story& from);

}  // namespace peregrine::journey
