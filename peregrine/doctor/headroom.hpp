// How far a running server is from the limits of its machine.
#pragma once

#include "peregrine/doctor/surroundings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace peregrine::doctor {

struct use {
  std::string name;  // one word: "memory_bytes"
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
};

// What the machine and the control group limit for all processes together: memory, files, memory of TCP, connections
// that the firewall tracks. Limits that are not set, or cannot be read, are left out. A few reads below /proc.
std::vector<use> look_at_use(const surroundings& here = surroundings::local());

}  // namespace peregrine::doctor
