#include "peregrine/doctor/lease.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace peregrine::doctor {
namespace {

// In the forked process: waits until nobody holds the other end of the line.
[[noreturn]] void keep(int line, const std::vector<change>& planned, const surroundings& here) {
  setpgid(0, 0);  // what a terminal sends to its foreground ends others, and is no reason to leave all as it is
  for (const int each : {SIGHUP, SIGINT, SIGTERM, SIGQUIT}) signal(each, SIG_IGN);
  std::array<char, 1> nothing;
  while (read(line, nothing.data(), nothing.size()) < 0 && errno == EINTR) {
  }
  for (const auto& each : planned) {
    if (here.value_of(each.wanted.name) == each.wanted.value) here.set({each.wanted.name, each.before});
  }
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace

result<lease> lease::take(const plan& found, const surroundings& here) {
  std::vector<change> planned;
  for (const auto& each : too_low(found)) planned.push_back({each, here.value_of(each.name)});
  if (planned.empty()) return lease(0, -1);

  std::array<int, 2> line{};
  if (pipe2(line.data(), O_CLOEXEC) != 0) return failure{std::strerror(errno), errno};
  std::fflush(nullptr);  // or it would print what is buffered here once more
  const auto keeper = fork();
  if (keeper == 0) {
    close(line[1]);
    keep(line[0], planned, here);
  }
  close(line[0]);
  if (keeper < 0) {
    const int code = errno;
    close(line[1]);
    return failure{fmt::format("no process could be started: {}", std::strerror(code)), code};
  }
  lease taken(keeper, line[1]);
  for (auto& each : planned) each.code = here.set(each.wanted);
  taken.made_ = std::move(planned);
  return taken;
}

void lease::give_back() noexcept {
  if (keeper_ == 0) return;
  close(line_);
  while (waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
  keeper_ = 0;
}

}  // namespace peregrine::doctor
