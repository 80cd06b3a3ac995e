#include "peregrine/base/portrait.hpp"

#include "peregrine/base/processors.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <string_view>

namespace peregrine {
namespace {

// What stands behind `name` in the first line that begins with it, without blanks and quotation marks around.
std::string value_in(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    constexpr std::string_view around = " \t:=\"";
    const auto first = line.find_first_not_of(around, name.size());
    if (first == std::string::npos) return {};
    return line.substr(first, line.find_last_not_of(around) - first + 1);
  }
  return {};
}

}  // namespace

portrait take_portrait(const std::string& root) {
  portrait taken;
  taken.processor = value_in(root + "/proc/cpuinfo", "model name");
  taken.processors = processors();
  taken.memory = std::strtoull(value_in(root + "/proc/meminfo", "MemTotal").c_str(), nullptr, 10) * 1024;
  taken.system = value_in(root + "/etc/os-release", "PRETTY_NAME");
  std::ifstream(root + "/proc/sys/kernel/osrelease") >> taken.kernel;
  taken.began = std::chrono::system_clock::now();
  return taken;
}

std::string print_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace peregrine
