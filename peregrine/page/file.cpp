#include "peregrine/page/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace peregrine::page {
namespace {

failure refuse(const std::string& path, std::string_view why) {
  return {fmt::format("{} can't be written: {}", path, why)};
}

failure refuse(const std::string& path, int error) {
  return {fmt::format("{} can't be written: {}", path, std::strerror(error)), error};
}

bool write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto size = ::write(to, text.data(), text.size());
    if (size < 0 && errno != EINTR) return false;
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

// What any new file of this process may be.
mode_t usual_mode() {
  const auto mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

result<file> file::open(const std::string& path) {
  std::error_code wrong;
  // Where a link leads to, and else the path itself.
  const auto place = std::filesystem::weakly_canonical(path, wrong);
  if (wrong || path.empty()) return refuse(path, wrong ? wrong.message() : "it has no name");
  if (std::filesystem::exists(place, wrong)) {
    if (!std::filesystem::is_regular_file(place, wrong)) return refuse(path, "it is there and is no ordinary file");
    if (::access(place.c_str(), W_OK) != 0) return refuse(path, errno);
  } else if (!place.has_filename()) {
    return refuse(path, "it names a folder, not a file");
  }
  auto draft = (place.parent_path() / fmt::format(".{}.XXXXXX", place.filename().string())).string();
  const int made = ::mkstemp(draft.data());
  if (made < 0) return refuse(path, errno);
  ::close(made);
  return file(place.string(), std::move(draft));
}

file::~file() {
  if (!draft_.empty()) ::unlink(draft_.c_str());
}

result<void> file::keep(std::string_view text) {
  const int out = ::open(draft_.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (out < 0) return refuse(path_, errno);
  const bool is_written = write_all(out, text) && ::fchmod(out, usual_mode()) == 0 && ::fsync(out) == 0;
  const int error = errno;
  ::close(out);
  if (!is_written) return refuse(path_, error);
  if (::rename(draft_.c_str(), path_.c_str()) != 0) return refuse(path_, errno);
  draft_.clear();
  return {};
}

}  // namespace peregrine::page
