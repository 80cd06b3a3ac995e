#include "peregrine/base/lift.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace peregrine {
namespace {

struct rights {
  std::uint64_t capabilities = 0;
  bool is_root = false;
};

// Where the limit of open files has been met, /proc can't be read: then the kernel is asked.
std::optional<rights> ask_kernel() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  if (syscall(SYS_capget, &head, data.data()) != 0) return std::nullopt;
  return rights{data[0].effective, geteuid() == 0};
}

std::optional<rights> own_rights(const machine& here) {
  std::ifstream file(here.proc + "/self/status");
  if (!file) return errno == EMFILE ? ask_kernel() : std::nullopt;
  rights found;
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view effective = "CapEff:";
    constexpr std::string_view user = "Uid:";
    if (line.starts_with(effective)) found.capabilities = std::strtoull(line.c_str() + effective.size(), nullptr, 16);
    if (line.starts_with(user)) found.is_root = std::strtoull(line.c_str() + user.size(), nullptr, 10) == 0;
  }
  return found;
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
  constexpr std::uint64_t sys_resource = 1U << static_cast<unsigned>(CAP_SYS_RESOURCE);
  const auto found = own_rights(here);
  if (!found || (found->capabilities & sys_resource) != 0) return raiser::this_process;
  return found->is_root ? raiser::nobody : raiser::root;
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
