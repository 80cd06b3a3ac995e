#include "peregrine/worker/service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace peregrine::worker {

namespace {

constexpr int first_socket = 3;  // SD_LISTEN_FDS_START

std::string taken(const char* variable) {
  const char* const found = std::getenv(variable);
  std::string value = found ? found : "";
  unsetenv(variable);
  return value;
}

std::uint64_t number_in(const std::string& text) noexcept {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// For this process, and not for one that had the environment before it.
bool is_for_us(const std::string& process) {
  return process.empty() || number_in(process) == static_cast<std::uint64_t>(getpid());
}

int open_socket(const std::string& path) noexcept {
  sockaddr_un to{};
  if (path.size() < 2 || path.size() >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) return -1;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, path.data(), path.size());
  if (path[0] == '@') to.sun_path[0] = '\0';  // a name that is no file
  const int opened = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (opened >= 0 && connect(opened, reinterpret_cast<const sockaddr*>(&to), size) == 0) return opened;
  if (opened >= 0) close(opened);
  return -1;
}

}  // namespace

service_manager service_manager::from_environment() {
  service_manager made;
  made.socket_ = open_socket(taken("NOTIFY_SOCKET"));
  const auto interval = number_in(taken("WATCHDOG_USEC"));  // µs; half of it, as sd_watchdog_enabled(3) advises
  if (is_for_us(taken("WATCHDOG_PID")) && interval > 0) {
    made.watchdog_ = std::chrono::milliseconds(std::max<std::uint64_t>(interval / 2000, 1));
  }
  const auto count = number_in(taken("LISTEN_FDS"));
  unsetenv("LISTEN_FDNAMES");
  if (!is_for_us(taken("LISTEN_PID"))) return made;
  for (int i = 0; i < static_cast<int>(std::min<std::uint64_t>(count, 200)); ++i) {
    if (fcntl(first_socket + i, F_SETFD, FD_CLOEXEC) == 0) made.sockets_.push_back(first_socket + i);
  }
  return made;
}

service_manager::~service_manager() {
  if (socket_ >= 0) close(socket_);
}

void service_manager::tell(std::string_view lines) const noexcept {
  if (socket_ >= 0) send(socket_, lines.data(), lines.size(), MSG_NOSIGNAL);
}

void service_manager::live() {
  if (watchdog_.count() > 0 && socket_ >= 0) on_timeout();
}

void service_manager::on_timeout() {
  tell("WATCHDOG=1");
  reactor::current().set_timeout(*this, watchdog_);
}

}  // namespace peregrine::worker
