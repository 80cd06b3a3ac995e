// What a swarm found out, as JSON (docs/swarm-report.md) and for a reader.
#pragma once

#include "peregrine/base/portrait.hpp"
#include "peregrine/doctor/limits.hpp"
#include "peregrine/swarm/growth.hpp"
#include "peregrine/swarm/tally.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace peregrine::swarm {

struct broadcast_report {
  std::uint64_t size = 0;      // bytes
  std::uint64_t expected = 0;  // members that were there when it was said
  std::uint64_t began = 0;     // when it was said, ns
  hearing_tally heard;

  bool is_complete() const noexcept { return heard.delivered == expected && heard.duplicates == 0; }
  double seconds_to_last() const noexcept;  // 0 if nobody heard it
};

struct echo_report {
  std::uint64_t active = 0;
  std::uint64_t size = 0;
  std::optional<double> rate;  // as asked for
  echo_tally told;

  bool is_complete() const noexcept { return told.sent > 0 && told.received == told.sent; }
  double seconds() const noexcept;
};

struct report {
  std::string url;
  std::uint64_t asked = 0;
  std::uint64_t processes = 0;
  opening_tally opening;
  std::vector<double> per_10000;      // connections per second
  portrait machine;                   // this one, when it began
  doctor::plan limits;                // of the swarm alone
  std::vector<memory_sample> memory;  // as it grew
  double held_seconds = 0;
  std::uint64_t broadcasts_asked = 0;
  std::vector<broadcast_report> broadcasts;
  bool echo_was_asked = false;
  std::optional<echo_report> echo;
  closing_tally closing;  // with what was lost in processes that fell, as "process"
  bool was_interrupted = false;

  std::uint64_t not_tried() const noexcept;
  double open_seconds() const noexcept;
  bool is_http2() const noexcept { return opening.carriers > 0; }
  std::uint64_t tcp_connections() const noexcept { return is_http2() ? opening.carriers : opening.opened; }
  std::optional<double> trend() const;                       // of the rates of whole steps: see ramp.hpp
  std::uint64_t user_bytes_per_connection() const noexcept;  // 0 if none was opened

  // All that was asked for was opened, held and delivered.
  bool succeeded() const noexcept;

  // Lines, the last without an end; with sparklines where `is_drawn`.
  std::string describe(bool is_drawn) const;
};

nlohmann::ordered_json to_json(const report& from);

}  // namespace peregrine::swarm
