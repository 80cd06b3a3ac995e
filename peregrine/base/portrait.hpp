// Which machine this is, for a reader of what was measured on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace peregrine {

struct portrait {
  std::string processor;                          // its model; empty if it isn't told
  std::uint64_t processors = 0;                   // that this process may run on
  std::uint64_t memory = 0;                       // bytes
  std::string system;                             // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;                             // "6.1.0-18-amd64"
  std::chrono::system_clock::time_point began{};  // when the portrait was taken
};

// `root` stands before every path.
portrait take_portrait(const std::string& root = "");

std::string print_time(std::chrono::system_clock::time_point time);  // 2026-11-23T05:40:00Z

}  // namespace peregrine
