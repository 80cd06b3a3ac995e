#include "peregrine/swarm/sources.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace peregrine::swarm {
namespace {

constexpr std::uint64_t most_sources = 65'536;
constexpr std::uint32_t loopback_network = 0x7F000000;

// An IPv4 address as a number that can be counted up.
std::optional<std::uint32_t> number_of(const address& of) {
  if (of.family() != AF_INET) return std::nullopt;
  return ntohl(reinterpret_cast<const sockaddr_in*>(of.data())->sin_addr.s_addr);
}

address from_number(std::uint32_t number) {
  const in_addr address_in_network_order{htonl(number)};
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &address_in_network_order, text, sizeof text);
  return *address::from_numbers(text, 0);
}

result<void> append_range(std::vector<address>& found, std::string_view text) {
  const auto dash = text.find('-');
  const auto first = address::from_numbers(text.substr(0, dash), 0);
  if (!first) return first.error();
  if (dash == std::string_view::npos) {
    found.push_back(*first);
    return {};
  }
  const auto last = address::from_numbers(text.substr(dash + 1), 0);
  if (!last) return last.error();
  const auto from = number_of(*first);
  const auto to = number_of(*last);
  if (!from || !to || *from > *to || *to - *from >= most_sources) {
    return failure{
        fmt::format("'{}' is no range of IPv4 addresses; expected the lower end first and at most {} of them, "
                    "such as 127.0.0.1-127.0.0.32",
                    text, most_sources)};
  }
  for (std::uint64_t number = *from; number <= *to; ++number) {
    found.push_back(from_number(static_cast<std::uint32_t>(number)));
  }
  return {};
}

}  // namespace

result<std::vector<address>> parse_sources(const std::vector<std::string>& given) {
  std::vector<address> found;
  for (std::string_view rest : given) {
    while (true) {
      const auto comma = rest.find(',');
      if (const auto read = append_range(found, rest.substr(0, comma)); !read) return read.error();
      if (found.size() > most_sources) return failure{fmt::format("more than {} source addresses", most_sources)};
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return found;
}

std::uint64_t ports_per_source(const machine& here) {
  const auto range = here.numbers("net.ipv4.ip_local_port_range");
  if (range.size() != 2 || range[1] < range[0]) return 28'232;
  return range[1] - range[0] + 1;
}

std::vector<address> spread_over_loopback(const address& to, std::uint64_t count, std::uint64_t processes,
                                          const machine& here) {
  const auto number = number_of(to);
  if (!number || (*number & 0xFF000000) != loopback_network) return {};
  // connect() looks through every other port of the range first, and through all of these again for each connection
  // once they are taken: a millisecond each. So no address gets more than most of that first half.
  const auto comfortable = std::max<std::uint64_t>(1, ports_per_source(here) * 2 / 5);
  const auto each = (count + processes - 1) / processes;
  const auto needed = std::min(most_sources, processes * ((each + comfortable - 1) / comfortable));
  if (count <= comfortable) return {};
  std::vector<address> found;
  for (std::uint32_t i = 1; i <= needed; ++i) found.push_back(from_number(loopback_network + i));
  return found;
}

}  // namespace peregrine::swarm
