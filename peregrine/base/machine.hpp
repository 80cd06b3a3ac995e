// What Linux says about this machine and this process: the few facts that limits are explained with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine {

struct open_file_limit {
  std::uint64_t soft;  // what holds now
  std::uint64_t hard;  // how far the process may raise it by itself
};

// Reads /proc and the resource limits anew at each call. Tests give it a directory and functions of their own.
struct machine {
  static const machine& local();

  std::string proc = "/proc";
  std::function<open_file_limit()> open_files;
  std::function<int(open_file_limit)> set_open_files;  // 0 or an errno

  // A setting by its sysctl name: number("fs.nr_open"). Nothing if it isn't there or is no number.
  std::optional<std::uint64_t> number(std::string_view setting) const;
  // One of several numbers: numbers("net.ipv4.tcp_mem") has three. Empty if it isn't there.
  std::vector<std::uint64_t> numbers(std::string_view setting) const;

  // Bytes that can be used without swapping (MemAvailable).
  std::optional<std::uint64_t> memory_available() const;
};

}  // namespace peregrine
