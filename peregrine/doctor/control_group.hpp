// What the control groups of this process leave it: of memory and of processes. Versions 1 and 2.
#pragma once

#include "peregrine/doctor/surroundings.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace peregrine::doctor {

struct group_limit {
  std::string path;         // of the file that sets the limit
  std::uint64_t most = 0;   // bytes, or processes
  std::uint64_t taken = 0;  // of these, by all in the group, without files cached that can be dropped
  int version = 2;

  std::uint64_t free() const noexcept { return most > taken ? most - taken : 0; }
};

// The group with the least left, of the one that the process is in and all above it. Nothing if none limits.
std::optional<group_limit> memory_limit(const surroundings& here);
std::optional<group_limit> process_limit(const surroundings& here);

}  // namespace peregrine::doctor
