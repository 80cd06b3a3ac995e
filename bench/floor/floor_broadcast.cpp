// The floor of a broadcast over HTTP/2: writes to many TCP connections the bytes that it takes, frames and all, and
// nothing else: one buffer made beforehand, one send to each connection. No rooms, no streams, no windows. Who reads is
// a process of its own, which reads and forgets.
//
// floor_broadcast CONNECTIONS STREAMS BROADCASTS: prints the CPU µs per message of the process that sends.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <system_error>
#include <vector>

namespace {

constexpr std::size_t frame_size = 9 + 2 + 64;  // the heads of DATA and of the WebSocket's frame, and the message

int checked(int outcome, const char* call) {
  if (outcome < 0) throw std::system_error(errno, std::generic_category(), call);
  return outcome;
}

void raise_open_files() {
  rlimit files{};
  checked(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
  files.rlim_cur = files.rlim_max;
  checked(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
}

// Connects as often as it is asked to, and reads until it is killed.
[[noreturn]] void read_all(const sockaddr_in& at, int connections) {
  const int epoll = checked(epoll_create1(0), "epoll_create1");
  for (int i = 0; i < connections; ++i) {
    const int socket = checked(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    checked(connect(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at), "connect");
    epoll_event wanted{EPOLLIN, {.fd = socket}};
    checked(epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &wanted), "epoll_ctl");
  }
  static std::array<std::byte, 65'536> buffer;
  std::array<epoll_event, 256> ready;
  while (true) {
    const int count = checked(epoll_wait(epoll, ready.data(), ready.size(), -1), "epoll_wait");
    for (int i = 0; i < count; ++i) {
      if (recv(ready[static_cast<std::size_t>(i)].data.fd, buffer.data(), buffer.size(), 0) <= 0) _exit(0);
    }
  }
}

double cpu_seconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

void run(int connections, int streams, int broadcasts) {
  raise_open_files();
  const int listener = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at), "bind");
  checked(listen(listener, 4096), "listen");
  socklen_t size = sizeof at;
  checked(getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size), "getsockname");
  const int reader = checked(fork(), "fork");
  if (reader == 0) read_all(at, connections);
  std::vector<int> sockets;
  sockets.reserve(static_cast<std::size_t>(connections));
  for (int i = 0; i < connections; ++i) sockets.push_back(checked(accept(listener, nullptr, nullptr), "accept"));

  const std::vector<std::byte> frames(frame_size * static_cast<std::size_t>(streams), std::byte{'x'});
  const double before = cpu_seconds();
  for (int i = 0; i < broadcasts; ++i) {
    for (const int each : sockets) {
      for (std::size_t sent = 0; sent < frames.size();) {
        const auto taken = send(each, frames.data() + sent, frames.size() - sent, MSG_NOSIGNAL);
        checked(static_cast<int>(taken), "send");
        sent += static_cast<std::size_t>(taken);
      }
    }
  }
  std::printf("%.6f\n", (cpu_seconds() - before) * 1e6 / connections / streams / broadcasts);
  kill(reader, SIGKILL);
  waitpid(reader, nullptr, 0);
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("usage: floor_broadcast CONNECTIONS STREAMS BROADCASTS\n", stderr);
    return 2;
  }
  try {
    run(std::atoi(words[1]), std::atoi(words[2]), std::atoi(words[3]));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "floor_broadcast: %s\n", failure.what());
    return 1;
  }
  return 0;
}
