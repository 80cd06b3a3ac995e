// The parts of make_plan(): each looks at the limits of one kind and adds them to what was found.
#pragma once

#include "peregrine/base/units.hpp"
#include "peregrine/doctor/limits.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace peregrine::doctor {

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint64_t divided(std::uint64_t a, std::uint64_t b) noexcept {
  return a / b + (a % b != 0 ? 1 : 0);
}
constexpr std::uint64_t multiplied(std::uint64_t a, std::uint64_t b) noexcept {
  return b != 0 && a > unlimited / b ? unlimited : a * b;
}

constexpr std::uint64_t ends(const demand& wanted) noexcept {
  return (wanted.server ? 1U : 0U) + (wanted.client ? 1U : 0U);
}
// TCP connections that carry what is wanted, and WebSockets that so many of them carry.
constexpr std::uint64_t tcp_connections(const demand& wanted) noexcept {
  return divided(wanted.connections, per_connection(wanted.carried));
}
constexpr std::uint64_t carried_by(std::uint64_t tcp, const demand& wanted) noexcept {
  return multiplied(tcp, per_connection(wanted.carried));
}

// How many of `tcp` connections the fullest of several server processes is to have room for, where the system spreads
// them by chance (SO_REUSEPORT): an even share and five standard deviations, which one process in three million
// exceeds.
std::uint64_t fullest_share(std::uint64_t tcp, std::uint64_t processes) noexcept;
// How many connections processes with so much room each hold together, likewise.
std::uint64_t held_together(std::uint64_t room, std::uint64_t processes) noexcept;

// A limit that is a count. What is needed is left out where no number was asked for.
inline limit counted(std::string name, effect when_met, std::uint64_t have, std::uint64_t need, std::uint64_t allows,
                     std::string lift, std::vector<setting> settings = {}) {
  const bool is_asked = need > 0;
  return {std::move(name),
          when_met,
          have == unlimited ? "unlimited" : print_count(have),
          is_asked ? print_count(need) : "",
          allows,
          have >= need,
          std::move(lift),
          std::move(settings)};
}
// One that a sysctl sets.
inline limit of_setting(std::string name, effect when_met, std::uint64_t have, std::uint64_t need, std::uint64_t allows,
                        setting wanted) {
  auto lift = need > 0 ? sysctl_command(wanted) : "";
  return counted(std::move(name), when_met, have, need, allows, std::move(lift), {std::move(wanted)});
}

void look_at_files(plan& found, const demand& wanted, const surroundings& here);
void look_at_network(plan& found, const demand& wanted, const surroundings& here);
void look_at_memory(plan& found, const demand& wanted, const surroundings& here);
void look_at_processes(plan& found, const demand& wanted, const surroundings& here);

}  // namespace peregrine::doctor
