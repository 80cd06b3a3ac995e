// What lifts the limits that are too low: as files for the next start of the machine, or at once.
#pragma once

#include "peregrine/doctor/limits.hpp"

#include <string>
#include <vector>

namespace peregrine::doctor {

constexpr const char* sysctl_path = "/etc/sysctl.d/90-peregrine.conf";
constexpr const char* limits_path = "/etc/security/limits.d/90-peregrine.conf";

// For sysctl.d(5) and limits.conf(5). Where nothing is too low they say so, in a comment.
std::string sysctl_file(const plan& found);
std::string limits_file(const plan& found);
// Both, one after the other, with a comment before each that says where it goes and what makes it count.
std::string both_files(const plan& found);

// What root may set of what is too low.
std::vector<setting> too_low(const plan& found);

struct change {
  setting wanted;
  std::string before;
  int code = 0;  // an errno if it was refused

  // "net.core.somaxconn: 128 → 4096", or why not.
  std::string describe() const;
};

// Sets what root may set while the machine runs. It never lowers anything, and touches nothing that is enough.
std::vector<change> apply(const plan& found, const surroundings& here = surroundings::local());

// What no process may do for another that is yet to start: how a shell or a service gets more open files. Empty if it
// has enough.
std::string own_limits(const plan& found, const machine& here = machine::local());

}  // namespace peregrine::doctor
