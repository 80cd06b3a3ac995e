// The line that lifts a limit, worded once for whoever meets it: explain() when it is hit, the doctor before that.
#pragma once

#include "peregrine/base/machine.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace peregrine {

// A sysctl and what it is to be: {"net.ipv4.tcp_mem", "1 2 3"}.
struct setting {
  std::string name;
  std::string value;
};

std::string sysctl_command(const setting& wanted);  // sysctl -w net.ipv4.tcp_mem="1 2 3"

// Who can raise a hard limit of this process (RLIMIT_NOFILE and others: CAP_SYS_RESOURCE).
enum class raiser {
  this_process,
  root,    // this is somebody else
  nobody,  // this is root without the capability, as in many containers: whoever starts the container decides
};
raiser who_raises_hard_limits(const machine& here);

// What lets a process that is not yet running open so many files.
std::string lift_open_files(std::uint64_t need, const machine& here);
// The same for the one that runs, to be entered in another terminal. Empty where nobody may.
std::string lift_own_open_files(std::uint64_t need, const machine& here);

// What helps where that limit is not to be lifted.
constexpr std::string_view around_open_files =
    "HTTP/2, which carries 128 WebSockets on each TCP connection, or several processes, which have a limit each";

constexpr std::string_view widest_port_range = "1024 65535";

}  // namespace peregrine
