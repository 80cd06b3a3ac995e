#include "peregrine/swarm/share.hpp"

#include <algorithm>

namespace peregrine::swarm {

std::vector<share> divide(const share& whole, std::uint64_t processes) {
  const auto parts = std::clamp<std::uint64_t>(processes, 1, std::max<std::uint64_t>(whole.count, 1));
  // The rest of a division goes to the first shares, one each.
  const auto part_of = [parts](std::uint64_t total, std::uint64_t i) { return total / parts + (i < total % parts); };

  std::vector<share> shares(parts);
  for (std::uint64_t i = 0; i < parts; ++i) {
    auto& each = shares[i];
    each.count = part_of(whole.count, i);
    each.concurrency = std::max<std::uint64_t>(1, part_of(whole.concurrency, i));
    each.active = part_of(std::min(whole.active, whole.count), i);
    if (whole.rate) each.rate = *whole.rate / static_cast<double>(parts);
    if (whole.echo_rate && each.active > 0) {
      // By members, so that each of them sends as often as any other.
      const auto members = static_cast<double>(std::min(whole.active, whole.count));
      each.echo_rate = *whole.echo_rate * static_cast<double>(each.active) / members;
    }
    if (whole.sources.size() < parts) {
      each.sources = whole.sources;
    } else {
      for (auto k = i; k < whole.sources.size(); k += parts) each.sources.push_back(whole.sources[k]);
    }
  }
  return shares;
}

}  // namespace peregrine::swarm
