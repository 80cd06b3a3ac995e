#include "peregrine/swarm/usage.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

namespace peregrine::swarm {
namespace {

std::uint64_t nanoseconds(const timeval& time) noexcept {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_usec) * 1'000;
}

}  // namespace

std::uint64_t resident_data(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", process));
  constexpr std::string_view name = "Pss_Anon:";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024;
  }
  return 0;
}

// "size resident shared …" in pages; what is shared is of files and of memory made to be shared (proc(5)).
std::optional<std::uint64_t> resident_data_about(pid_t process) {
  std::uint64_t size = 0, resident = 0, shared = 0;
  if (!(std::ifstream(fmt::format("/proc/{}/statm", process)) >> size >> resident >> shared)) return std::nullopt;
  return (resident - std::min(resident, shared)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t resident_data() {
  malloc_trim(0);
  return resident_data(getpid());
}

std::uint64_t cpu_time() noexcept {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
}

std::uint64_t cpu_time(pid_t process) {
  std::uint64_t nanoseconds_run = 0;
  std::ifstream(fmt::format("/proc/{}/schedstat", process)) >> nanoseconds_run;
  return nanoseconds_run;
}

std::vector<pid_t> descendants(pid_t process) {
  std::vector<pid_t> found;
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", process));
  for (pid_t each = 0; children >> each;) {
    found.push_back(each);
    for (const auto below : descendants(each)) found.push_back(below);
  }
  return found;
}

std::uint64_t monotonic_now() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace peregrine::swarm
