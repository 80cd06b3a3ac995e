#include "peregrine/doctor/limits.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/units.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace peregrine::doctor {
namespace {

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

// What a process holds open beside its connections: standard streams, epoll, listeners, signals, a little to spare.
constexpr std::uint64_t own_files = 32;

// Memory of one end of an idle connection. Kernel: 3,848 bytes of objects were measured, 8.2 KB a pair with what the
// allocator rounds up. Ours: twice the bytes that an idle connection may cost.
constexpr std::uint64_t bytes_per_end = 4'100 + 512;

// Enough for every handshake that a fast client has in flight.
constexpr std::uint64_t wanted_backlog = 4096;

constexpr std::uint64_t divided(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}
constexpr std::uint64_t multiplied(std::uint64_t a, std::uint64_t b) {
  return a > unlimited / b ? unlimited : a * b;
}

std::uint64_t ends(const demand& wanted) {
  return (wanted.server ? 1U : 0U) + (wanted.client ? 1U : 0U);
}

// The fewest processes that one end is spread over: there each has to open the most.
std::uint64_t narrowest(const demand& wanted) {
  auto processes = unlimited;
  if (wanted.server) processes = std::min(processes, wanted.server_processes);
  if (wanted.client) processes = std::min(processes, wanted.client_processes);
  return processes;
}

limit counted(std::string name, effect when_met, std::uint64_t have, std::uint64_t need, std::uint64_t allows,
              std::string lift) {
  return {std::move(name), when_met, print_count(have), print_count(need), allows, have >= need, std::move(lift)};
}

void look_at_files(plan& found, const demand& wanted, const machine& here) {
  const auto processes = narrowest(wanted);
  const auto need = divided(wanted.connections, processes) + own_files;
  const auto allowed = [&](std::uint64_t files) { return multiplied(files - std::min(files, own_files), processes); };

  const auto [soft, hard] = here.open_files();
  const auto most = here.number("fs.nr_open");
  const auto raise_most = fmt::format("sysctl -w fs.nr_open={}", need);
  const auto raise_hard = fmt::format("ulimit -n {}", need);
  found.limits.push_back(counted("open files of a process", effect::stops, hard, need, allowed(hard),
                                 most && *most < need ? raise_most + " && " + raise_hard : raise_hard));
  if (most) found.limits.push_back(counted("fs.nr_open", effect::stops, *most, need, allowed(*most), raise_most));

  if (const auto all = here.number("fs.file-max")) {
    const auto used = here.number("fs.file-nr").value_or(0);
    const auto free = *all - std::min(*all, used);
    const auto every = wanted.connections * ends(wanted) + own_files * ends(wanted);
    found.limits.push_back(counted("fs.file-max, open files of the machine that are still free", effect::stops, free,
                                   every, (free - std::min(free, own_files * ends(wanted))) / ends(wanted),
                                   fmt::format("sysctl -w fs.file-max={}", every + used)));
  }
}

// The last of so many addresses that begin with 127.0.0.1.
std::string last_loopback(std::uint64_t count) {
  constexpr std::uint64_t first = 0x7F000001;
  const in_addr address{htonl(static_cast<std::uint32_t>(std::min<std::uint64_t>(first + count - 1, 0x7FFFFFFE)))};
  std::array<char, INET_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET, &address, text.data(), text.size());
}

void look_at_ports(plan& found, const demand& wanted, const machine& here) {
  const auto range = here.numbers("net.ipv4.ip_local_port_range");
  if (!wanted.client || range.size() != 2 || range[1] < range[0]) return;
  const auto ports = range[1] - range[0] + 1;
  const auto have = multiplied(ports, wanted.source_addresses);
  found.limits.push_back(
      counted("local ports × source addresses", effect::stops, have, wanted.connections, have,
              fmt::format("--bind 127.0.0.1-{}", last_loopback(divided(wanted.connections, ports)))));
}

void look_at_memory(plan& found, const demand& wanted, const machine& here) {
  const auto per_connection = bytes_per_end * ends(wanted);
  if (const auto have = here.memory_available()) {
    const auto need = multiplied(wanted.connections, per_connection);
    found.limits.push_back({"memory available", effect::stops, print_size(*have), print_size(need),
                            *have / per_connection, *have >= need,
                            "more memory, or server and client on machines of their own"});
  }
  // While a broadcast to all is under way each connection may hold one unread message, in a page of its own.
  if (const auto pages = here.numbers("net.ipv4.tcp_mem"); pages.size() == 3) {
    const auto need = wanted.connections;
    found.limits.push_back(
        counted("net.ipv4.tcp_mem, pages of unread messages", effect::slows, pages[2], need, unlimited,
                fmt::format("sysctl -w net.ipv4.tcp_mem=\"{} {} {}\"", need / 2, need / 4 * 3, need)));
  }
}

void look_at_the_rest(plan& found, const demand& wanted, const machine& here) {
  if (const auto have = here.number("net.core.somaxconn"); have && wanted.server) {
    const auto need = std::min(wanted.connections, wanted_backlog);
    found.limits.push_back(counted("net.core.somaxconn, handshakes that may wait", effect::slows, *have, need,
                                   unlimited, fmt::format("sysctl -w net.core.somaxconn={}", need)));
  }
  if (const auto have = here.number("vm.max_map_count")) {
    found.limits.push_back({"vm.max_map_count", effect::none, print_count(*have), "none per connection", unlimited,
                            true, "nothing to do: a connection is a coroutine here, not a stack with maps of its own"});
  }
}

}  // namespace

const limit* plan::first_stop() const noexcept {
  if (fits()) return nullptr;
  return &*std::ranges::min_element(
      limits, {}, [](const limit& each) { return each.when_met == effect::stops ? each.allows : unlimited; });
}

std::string plan::describe() const {
  const auto* stop = first_stop();
  auto story = stop == nullptr ? fmt::format("This machine holds the {} connections asked for.", print_count(asked))
                               : fmt::format(
                                     "As it stands this machine holds {} of the {} connections asked for: {} is what "
                                     "stops the next.",
                                     print_count(possible), print_count(asked), stop->name);
  for (const auto& each : limits) {
    if (each.enough) continue;
    fmt::format_to(std::back_inserter(story), "\n{}: have {}, need {}{}; lift it with: {}", each.name, each.have,
                   each.need, each.when_met == effect::slows ? " to stay quick" : "", each.lift);
  }
  return story;
}

plan make_plan(const demand& wanted, const machine& here) {
  plan found;
  found.asked = wanted.connections;
  look_at_files(found, wanted, here);
  look_at_ports(found, wanted, here);
  look_at_memory(found, wanted, here);
  look_at_the_rest(found, wanted, here);
  found.possible = wanted.connections;
  for (const auto& each : found.limits) {
    if (each.when_met == effect::stops) found.possible = std::min(found.possible, each.allows);
  }
  return found;
}

std::uint64_t processes_for(std::uint64_t connections, const machine& here) {
  const auto files = here.open_files().hard;
  return std::max<std::uint64_t>(1, divided(connections, std::max(files, own_files + 1) - own_files));
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
