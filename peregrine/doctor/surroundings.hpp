// All that the doctor reads and sets, in one place, so that a test can make a machine up.
#pragma once

#include "peregrine/base/lift.hpp"
#include "peregrine/base/machine.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace peregrine::doctor {

// Beside what `machine` tells of /proc and the resource limits: any file below `root`, and the processors.
struct surroundings : machine {
  static const surroundings& local();

  std::string root;                           // stands before every path; a test has its own, and `proc` below it
  std::function<std::uint64_t()> processors;  // that this process may run on

  bool has(const std::string& path) const;
  // A file's lines; empty if it isn't there or may not be read. A path begins with a slash.
  std::vector<std::string> lines(const std::string& path) const;
  // The number that a file holds; nothing if it isn't there or says something else, such as "max".
  std::optional<std::uint64_t> number_in(const std::string& path) const;
  // The names in a folder, sorted; none if it isn't there.
  std::vector<std::string> names_in(const std::string& path) const;

  // What a sysctl holds now, its numbers divided by one space each.
  std::string value_of(const std::string& name) const;
  // Sets it at once, until the next start of the machine: 0 or an errno.
  int set(const setting& wanted) const;
};

}  // namespace peregrine::doctor
