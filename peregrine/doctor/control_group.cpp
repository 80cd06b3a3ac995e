#include "peregrine/doctor/control_group.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace peregrine::doctor {
namespace {

// What a version calls the same things.
struct names {
  int version;
  std::string_view mount;
  std::string_view most;
  std::string_view taken;
  std::string_view cached;  // a line of memory.stat; empty: nothing can be dropped
};
constexpr std::string_view memory_controller = "memory";
constexpr std::array memory{
    names{1, "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "},
    names{2, "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file "}};
constexpr std::string_view process_controller = "pids";
constexpr std::array processes{names{1, "/sys/fs/cgroup/pids", "pids.max", "pids.current", ""},
                               names{2, "/sys/fs/cgroup", "pids.max", "pids.current", ""}};

// Version 1 says "no limit" with the greatest number of whole pages.
constexpr std::uint64_t as_good_as_none = std::uint64_t{1} << 62U;

struct membership {
  int version;
  std::string path;  // "" is the root
};

// A line of /proc/self/cgroup is "4:memory,cpu:/path" in version 1 and "0::/path" in version 2. A controller belongs to
// one of the two; that of version 1 is named, so it counts first.
membership find_membership(std::string_view controller, const surroundings& here) {
  membership found{2, ""};
  for (const auto& line : here.lines("/proc/self/cgroup")) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    auto path = line.substr(second + 1);
    if (path == "/" || !path.starts_with('/')) path.clear();
    if (controllers == ",,") found = {2, path};
    if (controllers.find("," + std::string(controller) + ",") != std::string::npos) return {1, path};
  }
  return found;
}

std::uint64_t droppable(const surroundings& here, const std::string& folder, std::string_view line_name) {
  if (line_name.empty()) return 0;
  for (const auto& line : here.lines(folder + "/memory.stat")) {
    if (line.starts_with(line_name)) return std::strtoull(line.c_str() + line_name.size(), nullptr, 10);
  }
  return 0;
}

std::optional<group_limit> tightest(std::string_view controller, const std::array<names, 2>& versions,
                                    const surroundings& here) {
  const auto [version, own] = find_membership(controller, here);
  const auto& called = versions[version == 1 ? 0 : 1];
  std::optional<group_limit> found;
  for (auto path = own;; path.erase(path.rfind('/'))) {
    // In a container the groups above its own, and with them the names of its own, may not be there to see.
    const auto folder = std::string(called.mount) + path;
    const auto file = folder + "/" + std::string(called.most);
    if (const auto most = here.number_in(file); most && *most < as_good_as_none) {
      const auto taken = here.number_in(folder + "/" + std::string(called.taken)).value_or(0);
      const auto cached = droppable(here, folder, called.cached);
      const group_limit here_too{file, *most, taken - std::min(taken, cached), version};
      if (!found || here_too.free() < found->free()) found = here_too;
    }
    if (path.empty()) return found;
  }
}

}  // namespace

std::optional<group_limit> memory_limit(const surroundings& here) {
  return tightest(memory_controller, memory, here);
}

std::optional<group_limit> process_limit(const surroundings& here) {
  return tightest(process_controller, processes, here);
}

}  // namespace peregrine::doctor
