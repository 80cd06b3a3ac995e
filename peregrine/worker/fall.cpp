#include "peregrine/worker/fall.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>

namespace peregrine::worker {

namespace {

std::optional<std::uint64_t> value_in(const std::string& file, const std::string& wanted) {
  std::ifstream in(file);
  std::string name;
  for (std::uint64_t value = 0; in >> name >> value;) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string describe_fall(int status, bool was_out_of_memory) {
  if (!WIFSIGNALED(status)) return fmt::format("ended with exit code {}", WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const bool is_starved = number == SIGKILL && was_out_of_memory;
  return fmt::format("was ended by signal {} ({}){}", number, strsignal(number),
                     is_starved ? ", most likely by the kernel, which has run out of memory" : "");
}

std::uint64_t out_of_memory_kills() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    constexpr std::string_view unified = "0::";
    if (!line.starts_with(unified)) continue;
    const auto told = value_in("/sys/fs/cgroup" + line.substr(unified.size()) + "/memory.events", "oom_kill");
    if (told) return *told;
  }
  return value_in("/proc/vmstat", "oom_kill").value_or(0);
}

}  // namespace peregrine::worker
