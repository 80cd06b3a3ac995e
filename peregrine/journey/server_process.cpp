#include "peregrine/journey/server_process.hpp"

#include "peregrine/swarm/usage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace peregrine::journey {
namespace {

constexpr int time_to_listen = 30'000;  // ms: some of it for each of many workers
constexpr int time_to_end = 15'000;     // more than it takes to close everybody in peace

// In the forked process.
[[noreturn]] void become_server(pid_t parent, int ready, const server_wanted& wanted) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) std::_Exit(EXIT_FAILURE);  // it died before the line above
  setpgid(0, 0);  // what a terminal sends to its foreground is for the journey, which ends its server itself
  fcntl(ready, F_SETFD, 0);
  const auto number = fmt::format("{}", ready);
  const auto count = fmt::format("{}", wanted.workers);
  const auto ping = fmt::format("{}ms", wanted.ping_interval.count());
  const auto idle = fmt::format("{}ms", 2 * wanted.ping_interval.count() + 10'000);
  execl("/proc/self/exe", "peregrine", "serve", "--bind", wanted.plain ? "http://127.0.0.1:0" : "https://127.0.0.1:0",
        "--workers", count.c_str(), "--admin", "off", "--ping-interval", ping.c_str(), "--idle-timeout", idle.c_str(),
        "--ready-fd", number.c_str(), "-q", static_cast<char*>(nullptr));
  std::_Exit(EXIT_FAILURE);
}

// The port that it writes when it listens; 0 if it ends or time passes before.
std::uint16_t read_port(int ready) {
  std::string text;
  pollfd readable{ready, POLLIN, 0};
  while (!text.ends_with('\n')) {
    char piece[16];
    if (poll(&readable, 1, time_to_listen) <= 0) return 0;
    const auto size = read(ready, piece, sizeof piece);
    if (size <= 0) return 0;
    text.append(piece, static_cast<std::size_t>(size));
  }
  std::uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

}  // namespace

result<server_process> server_process::start(const server_wanted& wanted) {
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) return failure{std::strerror(errno), errno};
  const auto parent = getpid();
  const auto process = fork();
  if (process < 0) return failure{fmt::format("no process could be started: {}", std::strerror(errno)), errno};
  if (process == 0) become_server(parent, ready[1], wanted);
  close(ready[1]);
  server_process started(process, read_port(ready[0]));
  close(ready[0]);
  if (started.port_ == 0) return failure{"the server did not come up; its own words stand above"};
  return started;
}

std::vector<pid_t> server_process::processes() const {
  auto all = swarm::descendants(process_);
  all.insert(all.begin(), process_);
  return all;
}

server_process::server_process(server_process&& other) noexcept
    : process_(std::exchange(other.process_, 0)), port_(other.port_) {}

server_process::~server_process() {
  if (process_ == 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

bool server_process::stop() {
  kill(process_, SIGTERM);
  if (const int watched = static_cast<int>(syscall(SYS_pidfd_open, process_, 0)); watched >= 0) {
    pollfd ended{watched, POLLIN, 0};
    if (poll(&ended, 1, time_to_end) <= 0) kill(process_, SIGKILL);
    close(watched);
  }
  int status = 0;
  waitpid(std::exchange(process_, 0), &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

}  // namespace peregrine::journey
