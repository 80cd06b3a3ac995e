// The run that this one is measured by: Ruby, 100,000 WebSockets over HTTP/2 and TLS on one machine, in February 2020.
#pragma once

#include <array>
#include <cstddef>

namespace peregrine::swarm::seed {

// Connections per second since the start, as it printed them at its connections 10001, 20001, … 90001.
inline constexpr std::array<double, 9> rates{1152.85, 1139.39, 1129.44, 1116.59, 1104.74,
                                             1095.18, 1085.98, 1074.6,  1066.37};

inline constexpr double connections = 100'000;
inline constexpr double seconds = 94;
inline constexpr double objects_per_connection = 80.98830116988302;

// Of one step of 10,000 alone, which follows from the above; `step` from 0.
constexpr double rate_of(std::size_t step) noexcept {
  const auto time_at = [](std::size_t k) { return (static_cast<double>(k) * 1e4 + 1) / rates[k - 1]; };
  return step == 0 ? rates[0] : 1e4 / (time_at(step + 1) - time_at(step));
}

}  // namespace peregrine::swarm::seed
