#include "peregrine/doctor/surroundings.hpp"

#include "peregrine/base/processors.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>

namespace peregrine::doctor {

const surroundings& surroundings::local() {
  static const surroundings here = [] {
    surroundings made;
    static_cast<machine&>(made) = machine::local();
    made.processors = peregrine::processors;
    return made;
  }();
  return here;
}

bool surroundings::has(const std::string& path) const {
  std::error_code ignored;
  return std::filesystem::exists(root + path, ignored);
}

std::vector<std::string> surroundings::lines(const std::string& path) const {
  std::ifstream file(root + path);
  std::vector<std::string> found;
  for (std::string line; std::getline(file, line);) found.push_back(line);
  return found;
}

std::optional<std::uint64_t> surroundings::number_in(const std::string& path) const {
  const auto found = lines(path);
  if (found.empty()) return std::nullopt;
  const auto* end = found[0].data() + found[0].size();
  std::uint64_t number = 0;
  const auto read = std::from_chars(found[0].data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

std::vector<std::string> surroundings::names_in(const std::string& path) const {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& each : std::filesystem::directory_iterator(root + path, ignored)) {
    found.push_back(each.path().filename());
  }
  std::ranges::sort(found);
  return found;
}

std::string surroundings::value_of(const std::string& name) const {
  std::string value;
  for (const auto each : numbers(name)) value += fmt::format("{}{}", value.empty() ? "" : " ", each);
  return value;
}

int surroundings::set(const setting& wanted) const {
  auto path = wanted.name;
  std::ranges::replace(path, '.', '/');
  // Not by a stream: the kernel refuses a bad value at write(), and its errno is the answer.
  const int file = open((proc + "/sys/" + path).c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (file < 0) return errno;
  const auto text = wanted.value + "\n";
  const int code = write(file, text.data(), text.size()) < 0 ? errno : 0;
  close(file);
  return code;
}

}  // namespace peregrine::doctor
