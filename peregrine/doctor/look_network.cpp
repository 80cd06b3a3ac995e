// Ports, the queue of a listener, buffers of sockets, and the tables of connections: the kernel's and the firewall's.
#include "peregrine/doctor/look.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <string_view>

namespace peregrine::doctor {
namespace {

// 127.0.0.0/8 has more, but a swarm uses no more than these.
constexpr std::uint64_t most_loopback_addresses = 65'536;
// Enough for every handshake that a fast client has in flight.
constexpr std::uint64_t wanted_backlog = 4096;
// A page for one small message, four for what a turn of the loop puts into one write to 128 WebSockets.
constexpr std::uint64_t pages_of_a_broadcast(protocol carried) {
  return carried == protocol::http2 ? 4 : 1;
}

// The last of so many addresses that begin with 127.0.0.1.
std::string last_loopback(std::uint64_t count) {
  constexpr std::uint64_t first = 0x7F000001;
  const in_addr address{htonl(static_cast<std::uint32_t>(std::min<std::uint64_t>(first + count - 1, 0x7FFFFFFE)))};
  std::array<char, INET_ADDRSTRLEN> text{};
  return inet_ntop(AF_INET, &address, text.data(), text.size());
}

// How many ports of the range are kept from it: "8080,9100-9110".
std::uint64_t reserved_in(std::uint64_t first, std::uint64_t last, const surroundings& here) {
  const auto lines = here.lines("/proc/sys/net/ipv4/ip_local_reserved_ports");
  std::uint64_t count = 0;
  for (std::string_view rest = lines.empty() ? std::string_view() : lines[0]; !rest.empty();) {
    const std::string one(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const auto dash = one.find('-');
    const auto low = std::strtoull(one.c_str(), nullptr, 10);
    const auto high = dash == std::string::npos ? low : std::strtoull(one.c_str() + dash + 1, nullptr, 10);
    if (high >= first && low <= last)
      count += std::min<std::uint64_t>(high, last) - std::max<std::uint64_t>(low, first) + 1;
  }
  return count;
}

void look_at_ports(plan& found, const demand& wanted, const surroundings& here) {
  if (!wanted.client) {
    found.limits.push_back({"local ports", effect::none, "", "", unlimited, true,
                            "nothing to do: what a server accepts shares the port that it listens on"});
    return;
  }
  const auto range = here.numbers("net.ipv4.ip_local_port_range");
  if (range.size() != 2 || range[1] < range[0]) return;
  const auto whole = range[1] - range[0] + 1;
  const auto ports = whole - std::min(whole, reserved_in(range[0], range[1], here));
  const bool spreads = wanted.source_addresses == 0;
  const auto addresses = spreads ? most_loopback_addresses : wanted.source_addresses;
  const auto need = tcp_connections(wanted);
  const auto have = multiplied(multiplied(ports, addresses), wanted.destinations);

  constexpr std::uint64_t widest = 65'535 - 1'024 + 1;
  const auto widened = multiplied(multiplied(widest, addresses), wanted.destinations);
  std::vector<setting> settings;
  if (ports < widest && widened >= need) {
    settings.push_back({"net.ipv4.ip_local_port_range", std::string(widest_port_range)});
  }
  std::string lift;
  if (!spreads && ports > 0) {
    lift = "--bind 127.0.0.1-" + last_loopback(divided(need, multiplied(ports, wanted.destinations)));
  }
  if (!settings.empty()) lift += (lift.empty() ? "" : "; or as root: ") + sysctl_command(settings[0]);

  auto row =
      counted("local ports", effect::stops, have, need, carried_by(have, wanted), std::move(lift), std::move(settings));
  row.have = fmt::format("{} × {}{} × {}", print_count(ports), spreads ? "up to " : "", print_count(addresses),
                         print_count(wanted.destinations));
  found.limits.push_back(std::move(row));
}

void look_at_backlog(plan& found, const demand& wanted, const surroundings& here) {
  const auto have = here.number("net.core.somaxconn");
  if (!have || !wanted.server) return;
  const auto need = std::min(tcp_connections(wanted), wanted_backlog);
  found.limits.push_back(of_setting("net.core.somaxconn, handshakes that wait", effect::slows, *have, need, unlimited,
                                    {"net.core.somaxconn", fmt::format("{}", need)}));
}

// For each packet the kernel looks up the socket in a table of so many rows: who shares a row is passed on the way, a
// cache miss each. How many there are is decided at boot, from the size of the memory, or when a network namespace is
// made; a namespace that has no table of its own says how many its parent has, below zero (Linux's
// Documentation/networking/ip-sysctl.rst).
void look_at_table(plan& found, const demand& wanted, const surroundings& here) {
  constexpr std::uint64_t sockets_in_a_row = 2;
  const auto lines = here.lines("/proc/sys/net/ipv4/tcp_ehash_entries");
  if (lines.empty()) return;  // before Linux 6.1
  const auto have = std::strtoll(lines[0].c_str(), nullptr, 10);
  if (have == 0) return;
  const auto sockets = multiplied(tcp_connections(wanted), ends(wanted));
  const auto need = sockets > 0 ? std::bit_ceil(divided(sockets, sockets_in_a_row)) : 0;
  std::string lift;
  if (need > 0) {
    lift = fmt::format(
        "the kernel's parameter thash_entries={0} at boot; or, before a container with a network of its own starts: "
        "sysctl -w net.ipv4.tcp_child_ehash_entries={0}",
        need);
  }
  found.limits.push_back(counted("net.ipv4.tcp_ehash_entries, rows in the table of sockets", effect::slows,
                                 static_cast<std::uint64_t>(std::llabs(have)), need, unlimited, std::move(lift)));
}

void look_at_buffers(plan& found, const demand& wanted, const surroundings& here) {
  // While a broadcast to all is under way each connection may hold what is not yet read, in pages of its own.
  if (const auto pages = here.numbers("net.ipv4.tcp_mem"); pages.size() == 3) {
    const auto need = multiplied(tcp_connections(wanted), pages_of_a_broadcast(wanted.carried));
    found.limits.push_back(of_setting("net.ipv4.tcp_mem, pages of unread messages", effect::slows, pages[2], need,
                                      unlimited,
                                      {"net.ipv4.tcp_mem", fmt::format("{} {} {}", need / 2, need / 4 * 3, need)}));
  }
  for (const auto* name : {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}) {
    const auto sizes = here.numbers(name);
    if (sizes.size() != 3) continue;
    found.limits.push_back({name, effect::none, fmt::format("up to {} a socket", print_size(sizes[2])), "", unlimited,
                            true, "nothing to do: a socket's buffer takes nothing until bytes wait in it"});
  }
}

void look_at_conntrack(plan& found, const demand& wanted, const surroundings& here) {
  const auto most = here.number("net.netfilter.nf_conntrack_max");
  if (!most) return;
  const auto taken = here.number("net.netfilter.nf_conntrack_count").value_or(0);
  const auto free = *most - std::min(*most, taken);
  if (taken == 0) {
    // The module alone does nothing: where a rule makes it look, a machine that is reached at all has entries.
    found.limits.push_back({"net.netfilter.nf_conntrack_max", effect::none, print_count(*most), "", unlimited, true,
                            "nothing to do: no rule here has connections tracked"});
    return;
  }
  const auto need = tcp_connections(wanted);  // both ends of a connection share an entry
  found.limits.push_back(of_setting("net.netfilter.nf_conntrack_max, what is still free", effect::stops, free, need,
                                    carried_by(free, wanted),
                                    {"net.netfilter.nf_conntrack_max", fmt::format("{}", need + taken)}));
}

}  // namespace

void look_at_network(plan& found, const demand& wanted, const surroundings& here) {
  look_at_ports(found, wanted, here);
  look_at_conntrack(found, wanted, here);
  look_at_backlog(found, wanted, here);
  look_at_table(found, wanted, here);
  look_at_buffers(found, wanted, here);
}

}  // namespace peregrine::doctor
