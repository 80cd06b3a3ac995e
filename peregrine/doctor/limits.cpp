#include "peregrine/doctor/limits.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/doctor/look.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace peregrine::doctor {

namespace {

constexpr double deviations = 5;

std::uint64_t room_of_one(const machine& here) {
  using measured::own_files;
  return std::max(here.open_files().hard, own_files + 1) - own_files;
}

}  // namespace

const limit* plan::lowest() const noexcept {
  const limit* found = nullptr;
  for (const auto& each : limits) {
    if (each.when_met != effect::stops || each.allows == unlimited) continue;
    if (found == nullptr || each.allows < found->allows) found = &each;
  }
  return found;
}

const limit* plan::first_stop() const noexcept {
  return fits() ? nullptr : lowest();
}

std::string plan::verdict() const {
  const auto* stop = lowest();
  std::string story = "No limit was found that stops anything on this machine.";
  if (stop != nullptr) {
    story = fmt::format("As it stands this machine holds {} connections; {} {} what stops the next.",
                        print_count(ceiling), stop->name, stop->name.ends_with('s') ? "are" : "is");
  }
  if (asked > 0) story += fmt::format(" {} {}.", print_count(asked), fits() ? "fit" : "do not fit");
  return story;
}

std::string plan::other_ways() const {
  std::string ways;
  if (fits()) return ways;
  if (over_http2 > ceiling) {
    ways = fmt::format(
        "Or over HTTP/2, with 128 WebSockets on each TCP connection: that way it holds {} "
        "(peregrine doctor --connections {} --protocol http2).",
        print_count(over_http2), asked);
  }
  if (open_files > open_files_have && open_files_have > measured::own_files) {
    fmt::format_to(std::back_inserter(ways),
                   "{}Or with {} server processes, each with {} open files of its own (peregrine serve --workers auto "
                   "--capacity {}).",
                   ways.empty() ? "" : "\n", processes, print_count(open_files_have), asked);
  }
  return ways;
}

std::string plan::describe() const {
  auto story = verdict();
  for (const auto& each : limits) {
    if (each.enough) continue;
    fmt::format_to(std::back_inserter(story), "\n{}: have {}, need {}{}; lift it with: {}", each.name, each.have,
                   each.need, each.when_met == effect::slows ? " to stay quick" : "", each.lift);
  }
  if (const auto ways = other_ways(); !ways.empty()) story += "\n" + ways;
  return story;
}

plan make_plan(const demand& wanted, const surroundings& here) {
  plan found;
  found.asked = wanted.connections;
  const auto tcp = tcp_connections(wanted);
  if (wanted.server) {
    found.server_processes = wanted.server_processes > 0 ? wanted.server_processes : server_processes_for(tcp, here);
  }
  if (wanted.client) {
    found.client_processes = wanted.client_processes > 0 ? wanted.client_processes : processes_for(tcp, here);
  }
  look_at_files(found, wanted, here);
  look_at_network(found, wanted, here);
  look_at_memory(found, wanted, here);
  look_at_processes(found, wanted, here);
  const auto* stop = found.lowest();
  found.ceiling = stop != nullptr ? stop->allows : unlimited;
  found.possible = wanted.connections > 0 ? std::min(wanted.connections, found.ceiling) : found.ceiling;
  if (wanted.carried == protocol::http1) {
    auto otherwise = wanted;
    otherwise.carried = protocol::http2;
    found.over_http2 = make_plan(otherwise, here).ceiling;
  }
  return found;
}

std::uint64_t processes_for(std::uint64_t connections, const machine& here) {
  return std::max<std::uint64_t>(1, divided(connections, room_of_one(here)));
}

std::uint64_t server_processes_for(std::uint64_t connections, const machine& here) {
  const auto room = room_of_one(here);
  if (connections <= room) return 1;
  constexpr std::uint64_t many = 1'000'000;  // so that no share is lost to rounding
  return divided(multiplied(connections, many), std::max<std::uint64_t>(1, held_together(room, many)));
}

std::uint64_t fullest_share(std::uint64_t tcp, std::uint64_t processes) noexcept {
  const auto even = divided(tcp, processes);
  if (processes == 1) return even;
  return std::min(tcp, even + static_cast<std::uint64_t>(std::ceil(deviations * std::sqrt(static_cast<double>(even)))));
}

std::uint64_t held_together(std::uint64_t room, std::uint64_t processes) noexcept {
  if (processes == 1 || room == unlimited) return room;
  // The share s for which s + deviations √s = room.
  const auto root = (std::sqrt(deviations * deviations + 4 * static_cast<double>(room)) - deviations) / 2;
  const auto together = static_cast<std::uint64_t>(root * root * static_cast<double>(processes));
  return std::max(room, together);
}

result<raised> raise_open_files(const machine& here) {
  const auto before = here.open_files();
  const open_file_limit wanted{before.hard, before.hard};
  if (before.soft < before.hard) {
    if (const int code = here.set_open_files(wanted); code != 0) {
      return failure{fmt::format("the limit of open files could not be raised from {} to {}: {}", before.soft,
                                 before.hard, explain(code, attempt::open, here)),
                     code};
    }
  }
  return raised{before, wanted};
}

}  // namespace peregrine::doctor
