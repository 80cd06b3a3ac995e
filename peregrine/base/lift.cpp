#include "peregrine/base/lift.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>

namespace peregrine {
namespace {

// The first word after "Name:" in /proc/self/status, as a number.
std::optional<std::uint64_t> own_status(const machine& here, std::string_view name, int base) {
  std::ifstream file(here.proc + "/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size(), nullptr, base);
  }
  return std::nullopt;
}

// The kernel lets nobody past fs.nr_open; where that is too low it has to move first.
std::string raise_most(std::uint64_t need, const machine& here) {
  const auto most = here.number("fs.nr_open");
  if (!most || *most >= need) return {};
  return sysctl_command({"fs.nr_open", fmt::format("{}", need)}) + " && ";
}

}  // namespace

std::string sysctl_command(const setting& wanted) {
  const auto* quote = wanted.value.find(' ') == std::string::npos ? "" : "\"";
  return fmt::format("sysctl -w {}={}{}{}", wanted.name, quote, wanted.value, quote);
}

raiser who_raises_hard_limits(const machine& here) {
  constexpr std::uint64_t sys_resource = 1U << 24U;  // CAP_SYS_RESOURCE in linux/capability.h
  const auto may = own_status(here, "CapEff:", 16);
  if (!may || (*may & sys_resource) != 0) return raiser::this_process;
  return own_status(here, "Uid:", 10) == 0U ? raiser::nobody : raiser::root;
}

std::string lift_open_files(std::uint64_t need, const machine& here) {
  switch (who_raises_hard_limits(here)) {
    case raiser::this_process:
      return fmt::format("{}ulimit -n {}", raise_most(need, here), need);
    case raiser::root:
      return fmt::format("as root, and started from there: {}ulimit -n {}", raise_most(need, here), need);
    case raiser::nobody:
      break;
  }
  return fmt::format(
      "not from in here, where ulimit -n {0} is refused: start the container with --ulimit nofile={0}; or {1}", need,
      around_open_files);
}

std::string lift_own_open_files(std::uint64_t need, const machine& here) {
  if (who_raises_hard_limits(here) == raiser::nobody) return {};
  return fmt::format("{}prlimit --pid {} --nofile={}", raise_most(need, here), getpid(), need);
}

}  // namespace peregrine
