#include "peregrine/base/machine.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace peregrine {

const machine& machine::local() {
  static const machine here{
      .open_files =
          [] {
            rlimit limit{};
            getrlimit(RLIMIT_NOFILE, &limit);
            return open_file_limit{limit.rlim_cur, limit.rlim_max};
          },
      .set_open_files =
          [](open_file_limit wanted) {
            const rlimit limit{wanted.soft, wanted.hard};
            return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : errno;
          },
  };
  return here;
}

std::optional<std::uint64_t> machine::number(std::string_view setting) const {
  const auto found = numbers(setting);
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::vector<std::uint64_t> machine::numbers(std::string_view setting) const {
  std::string path(setting);
  std::ranges::replace(path, '.', '/');
  std::ifstream file(proc + "/sys/" + path);
  std::vector<std::uint64_t> found;
  for (std::uint64_t each = 0; file >> each;) found.push_back(each);
  return found;
}

std::optional<std::uint64_t> machine::memory_available() const {
  std::ifstream file(proc + "/meminfo");
  for (std::string line; std::getline(file, line);) {
    constexpr std::string_view name = "MemAvailable:";
    if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024;
  }
  return std::nullopt;
}

}  // namespace peregrine
