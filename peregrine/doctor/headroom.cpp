#include "peregrine/doctor/headroom.hpp"

#include "peregrine/doctor/control_group.hpp"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <utility>

namespace peregrine::doctor {

namespace {

// Of lines such as "MemTotal:       24000000 kB" or "TCP: inuse 5 orphan 0 tw 2 alloc 7 mem 3": the number that stands
// behind a word, in the line that begins with `line`.
std::uint64_t number_behind(const std::vector<std::string>& lines, const std::string& line, const std::string& word) {
  for (const auto& each : lines) {
    if (!each.starts_with(line)) continue;
    std::istringstream words(each);
    for (std::string found; words >> found;) {
      std::uint64_t number = 0;
      if (found == word && words >> number) return number;
    }
  }
  return 0;
}

// What the kernel spells where there is no limit.
constexpr std::uint64_t as_good_as_none = std::numeric_limits<std::int64_t>::max() / 2;

}  // namespace

std::vector<use> look_at_use(const surroundings& here) {
  std::vector<use> found;
  const auto add = [&found](std::string name, std::uint64_t used, std::uint64_t limit) {
    if (limit > 0 && limit < as_good_as_none) found.push_back({std::move(name), used, limit});
  };
  const auto memory = here.lines("/proc/meminfo");
  const auto total = number_behind(memory, "MemTotal:", "MemTotal:") * 1024;
  const auto available = number_behind(memory, "MemAvailable:", "MemAvailable:") * 1024;
  add("memory_bytes", total - std::min(total, available), total);
  if (const auto group = memory_limit(here)) add("control_group_memory_bytes", group->taken, group->most);
  if (const auto files = here.numbers("fs.file-nr"); files.size() == 3)
    add("files_of_all_processes", files[0], files[2]);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (const auto pages = here.numbers("net.ipv4.tcp_mem"); pages.size() == 3) {
    const auto taken = number_behind(here.lines("/proc/net/sockstat"), "TCP:", "mem");
    if (pages[2] < as_good_as_none / page) add("tcp_memory_bytes", taken * page, pages[2] * page);
  }
  add("tracked_connections", here.number("net.netfilter.nf_conntrack_count").value_or(0),
      here.number("net.netfilter.nf_conntrack_max").value_or(0));
  return found;
}

}  // namespace peregrine::doctor
