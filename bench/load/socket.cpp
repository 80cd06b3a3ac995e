#include "socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace bench {
namespace {

constexpr int connect_timeout_ms = 10000;

[[noreturn]] void fail(int reason, const std::string& what) {
  throw std::system_error(reason, std::generic_category(), what);
}

void name_file_limit_and_fail(int reason) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  if (reason == EMFILE) {
    fail(reason, "the load may not open more than " + std::to_string(files.rlim_cur) +
                     " files (ulimit -Hn); ask for fewer members");
  }
  fail(reason, "socket");
}

sockaddr_in address_of(std::uint32_t address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address);
  return result;
}

}  // namespace

std::uint64_t raise_file_limit() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  return files.rlim_cur;
}

int open_connection(std::uint16_t port, unsigned source) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) name_file_limit_and_fail(errno);
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The port is chosen at connect(), when the other end is known: then one port serves many destinations.
  setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in from = address_of(INADDR_LOOPBACK + 1 + source, 0);
  const sockaddr_in to = address_of(INADDR_LOOPBACK, port);
  int failure = 0;
  if (bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) < 0) {
    failure = errno;
  } else if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    failure = errno;
    if (failure == EINPROGRESS) {
      pollfd waiting{.fd = socket, .events = POLLOUT, .revents = 0};
      socklen_t size = sizeof failure;
      if (poll(&waiting, 1, connect_timeout_ms) != 1) {
        failure = ETIMEDOUT;
      } else {
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size);
      }
    }
  }
  if (failure == 0) return socket;
  close(socket);
  if (failure == EADDRNOTAVAIL) {
    fail(failure, "the ports of one source address are used up (net.ipv4.ip_local_port_range)");
  }
  if (failure == ETIMEDOUT) fail(failure, "no connection: is the server's backlog (net.core.somaxconn) too short?");
  fail(failure, "no connection to port " + std::to_string(port));
}

void write_whole(int socket, std::string_view bytes) {
  const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) fail(errno, "send to the server");
  if (static_cast<std::size_t>(sent) != bytes.size()) {
    throw std::runtime_error("the server's socket took only a part of " + std::to_string(bytes.size()) + " bytes");
  }
}

}  // namespace bench
