// The floor of a broadcast over very many TCP connections: bare sends on one end, epoll and bare receives on the other,
// and nothing else. As many pairs of processes as it is told share the connections; each has no more than it may open.
// All who send listen at one port, so that the system spreads over them whoever connects, as it does over workers. They
// are scheduled as workers are that have no processor each: none takes one from another as soon as it has something to
// do.
//
// floor_sockets CONNECTIONS PAIRS BROADCASTS: prints as JSON how long each broadcast took, from the word to all who
// send until the last had received it, and the CPU of all processes meanwhile.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <vector>

namespace {

constexpr int at_once = 4;
constexpr std::size_t message = 2 + 64;  // the head of a WebSocket's frame, and what it carries

int checked(int outcome, const char* call) {
  if (outcome < 0) throw std::system_error(errno, std::generic_category(), call);
  return outcome;
}

double seconds(clockid_t of) {
  timespec time{};
  clock_gettime(of, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// What all processes see.
struct shared {
  std::atomic<int> accepted;  // connections, by all who send
  std::atomic<double> last;   // when a receiver had its last message
  std::atomic<double> cpu;    // seconds, of all processes until now
};

void add(std::atomic<double>& to, double more) {
  for (double now = to; !to.compare_exchange_weak(now, now + more);) {
  }
}

struct way {
  int read;
  int write;
  way() {
    std::array<int, 2> ends{};
    checked(pipe(ends.data()), "pipe");
    read = ends[0];
    write = ends[1];
  }
};

void tell(int to) {
  const char word = 0;
  checked(static_cast<int>(write(to, &word, 1)), "write");
}

// False when nobody is left to hear from.
bool hear(int from) {
  char word = 0;
  return checked(static_cast<int>(read(from, &word, 1)), "read") == 1;
}

template <class Work>
pid_t start(Work work) {
  const int process = checked(fork(), "fork");
  if (process > 0) return process;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    work();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "floor_sockets: %s\n", failure.what());
    _exit(1);
  }
  _exit(0);
}

sockaddr_in loopback(std::uint32_t number, std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + number);
  at.sin_port = port;
  return at;
}

void send_all(int listener, shared& all, int order, int done) {
  std::vector<int> sockets;
  std::array<pollfd, 2> awaited{{{listener, POLLIN, 0}, {order, POLLIN, 0}}};
  while (checked(poll(awaited.data(), awaited.size(), -1), "poll") > 0 && awaited[1].revents == 0) {
    sockets.push_back(checked(accept(listener, nullptr, nullptr), "accept"));
    const int on = 1;
    setsockopt(sockets.back(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ++all.accepted;
  }
  const std::array<std::byte, message> said{};
  double before = seconds(CLOCK_PROCESS_CPUTIME_ID);
  while (hear(order)) {
    for (const int each : sockets)
      checked(static_cast<int>(send(each, said.data(), said.size(), MSG_NOSIGNAL)), "send");
    const double now = seconds(CLOCK_PROCESS_CPUTIME_ID);
    add(all.cpu, now - before);
    before = now;
    tell(done);
  }
}

void receive_all(const sockaddr_in& to, std::uint32_t number, int connections, shared& all, int done) {
  constexpr int sources = 2;  // else connect() looks long for a port that is free
  const int epoll = checked(epoll_create1(0), "epoll_create1");
  for (int i = 0; i < connections; ++i) {
    const int socket = checked(::socket(AF_INET, SOCK_STREAM, 0), "socket");
    const int on = 1;
    checked(setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on), "setsockopt");
    const auto from = loopback(1 + number * sources + static_cast<std::uint32_t>(i % sources), 0);
    checked(bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from), "bind");
    checked(connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to), "connect");
    epoll_event wanted{EPOLLIN | EPOLLET, {.fd = socket}};
    checked(epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &wanted), "epoll_ctl");
  }
  tell(done);
  static std::array<std::byte, 65'536> buffer;
  std::array<epoll_event, 256> ready;
  double before = seconds(CLOCK_PROCESS_CPUTIME_ID);
  for (int heard = 0;;) {
    const int count = checked(epoll_wait(epoll, ready.data(), ready.size(), -1), "epoll_wait");
    for (int i = 0; i < count; ++i) {
      const auto size = recv(ready[static_cast<std::size_t>(i)].data.fd, buffer.data(), buffer.size(), 0);
      if (size != message) throw std::runtime_error("a message came in pieces, or not at all");
    }
    heard += count;
    if (heard < connections) continue;
    heard = 0;
    const double now = seconds(CLOCK_MONOTONIC);
    for (double last = all.last; last < now && !all.last.compare_exchange_weak(last, now);) {
    }
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    add(all.cpu, cpu - before);
    before = cpu;
    tell(done);
  }
}

// At the port that is free or, once it is known, at the same one as the others.
int listen_at(sockaddr_in& at) {
  const int listener = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
  const int on = 1;
  checked(setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), "setsockopt");
  socklen_t size = sizeof at;
  checked(bind(listener, reinterpret_cast<sockaddr*>(&at), size), "bind");
  checked(listen(listener, 4096), "listen");
  checked(getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size), "getsockname");
  return listener;
}

void run(int connections, int pairs, int broadcasts) {
  rlimit files{};
  checked(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
  files.rlim_cur = files.rlim_max;
  checked(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
  auto* const all =
      static_cast<shared*>(mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  constexpr sched_param no_priority{};
  checked(sched_setscheduler(0, SCHED_BATCH, &no_priority), "sched_setscheduler");  // and of all that are started here
  const way heard;
  std::vector<way> orders(static_cast<std::size_t>(pairs));
  std::vector<pid_t> receivers, senders;
  auto at = loopback(1, 0);
  for (const auto& order : orders) {
    const int listener = listen_at(at);
    senders.push_back(start([&] {
      for (const auto& each : orders) close(each.write);
      send_all(listener, *all, order.read, heard.write);
    }));
    close(listener);
  }
  for (int i = 0; i < pairs; ++i) {
    const int share = connections / pairs + (i < connections % pairs ? 1 : 0);
    receivers.push_back(start([&] { receive_all(at, static_cast<std::uint32_t>(i), share, *all, heard.write); }));
    // A few at a time: with one alone a processor has nothing to do, with all of them they take turns.
    const int awaited = i + 1 == pairs ? i % at_once + 1 : (i + 1) % at_once == 0 ? at_once : 0;
    for (int k = 0; k < awaited; ++k) hear(heard.read);
  }
  while (all->accepted < connections) sched_yield();
  std::printf("{\"broadcasts\": [");
  for (int i = 0; i < broadcasts; ++i) {
    all->cpu = 0;
    const double began = seconds(CLOCK_MONOTONIC);
    for (const auto& each : orders) tell(each.write);
    for (int k = 0; k < 2 * pairs; ++k) hear(heard.read);
    std::printf("%s{\"seconds\": %.6f, \"cpu_seconds\": %.6f}", i > 0 ? ", " : "", all->last - began, all->cpu.load());
  }
  std::printf("]}\n");
  for (const pid_t each : receivers) kill(each, SIGKILL);
  for (const auto& each : orders) close(each.write);
  for (const pid_t each : receivers) waitpid(each, nullptr, 0);
  for (const pid_t each : senders) waitpid(each, nullptr, 0);
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("usage: floor_sockets CONNECTIONS PAIRS BROADCASTS\n", stderr);
    return 2;
  }
  try {
    run(std::atoi(words[1]), std::atoi(words[2]), std::atoi(words[3]));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "floor_sockets: %s\n", failure.what());
    return 1;
  }
  return 0;
}
