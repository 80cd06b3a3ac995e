// A load for measuring: rooms full of members of which every one speaks.
//
// usage: crowded_rooms PORT ROOMS MEMBERS ROUNDS PER_SECOND MESSAGES
//
// Opens ROOMS × MEMBERS connections. Before each round it says "ready" and waits for a line on its input. Then every
// member says 64 bytes, room after room, PER_SECOND times in a second, each time as MESSAGES messages at once, and the
// round is over when everybody has heard everybody in their room. With PER_SECOND 0 all speak at once, and it says
// "said" and waits for a line before it reads anything. Prints a line when all rounds are done: deliveries and seconds.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::size_t payload = 64;
constexpr std::size_t delivered_frame = 2 + payload;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connect_to(std::uint16_t port, int room) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("connect");
  const std::string asked = "GET /room" + std::to_string(room) +
                            " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  if (write(socket, asked.data(), asked.size()) != static_cast<ssize_t>(asked.size())) fail("write");
  return socket;
}

void read_acceptance(int socket) {
  std::string head;
  char each = 0;
  while (!head.ends_with("\r\n\r\n")) {
    if (read(socket, &each, 1) != 1) fail("no acceptance");
    head += each;
  }
  if (!head.starts_with("HTTP/1.1 101")) {
    std::fprintf(stderr, "%s", head.c_str());
    std::exit(1);
  }
  fcntl(socket, F_SETFL, O_NONBLOCK);
}

class load {
 public:
  load(std::uint16_t port, int rooms, int members, int messages)
      : heard_by_each_(static_cast<std::size_t>(members) * static_cast<std::size_t>(messages)),
        poller_(epoll_create1(EPOLL_CLOEXEC)) {
    // Neighbours are in different rooms, so that every worker gets some of each.
    for (int i = 0; i < members; ++i) {
      for (int room = 0; room < rooms; ++room) sockets_.push_back(connect_to(port, room));
    }
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      read_acceptance(sockets_[i]);
      epoll_event wanted{};
      wanted.events = EPOLLIN;
      wanted.data.fd = sockets_[i];
      epoll_ctl(poller_, EPOLL_CTL_ADD, sockets_[i], &wanted);
    }
    // A client's frame of 64 bytes, masked with zero.
    for (int i = 0; i < messages; ++i) {
      said_.append({static_cast<char>(0x82), static_cast<char>(0x80 | payload), 0, 0, 0, 0});
      said_.append(payload, 'x');
    }
  }

  void round(double per_second) {
    const auto expected = heard_ + sockets_.size() * heard_by_each_ * delivered_frame;
    const auto began = clock_type::now();
    std::size_t said = 0;
    while (heard_ < expected) {
      std::size_t due = sockets_.size();
      if (per_second > 0) {
        const std::chrono::duration<double> passed = clock_type::now() - began;
        due = std::min(due, static_cast<std::size_t>(passed.count() * per_second));
      }
      for (; said < due; ++said) {
        if (write(sockets_[said], said_.data(), said_.size()) != static_cast<ssize_t>(said_.size())) {
          fail("a member cannot speak");
        }
        if (per_second == 0 && said + 1 == sockets_.size()) wait_for_a_line("said");
      }
      hear(said < sockets_.size() ? 1 : 1000);
    }
  }

  static void wait_for_a_line(const char* told) {
    std::puts(told);
    std::fflush(stdout);
    if (std::getchar() == EOF) std::exit(1);
  }

 private:
  void hear(int wait) {
    std::array<epoll_event, 512> ready;
    const int count = epoll_wait(poller_, ready.data(), static_cast<int>(ready.size()), wait);
    for (int i = 0; i < count; ++i) {
      const auto size = read(ready[static_cast<std::size_t>(i)].data.fd, buffer_.data(), buffer_.size());
      if (size <= 0) fail("a member was closed");
      heard_ += static_cast<std::size_t>(size);
    }
  }

  std::size_t heard_by_each_;  // messages in a round
  int poller_;
  std::vector<int> sockets_;
  std::string said_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{256} * 1024);
  std::size_t heard_ = 0;
};

}  // namespace

int main(int count, char** words) {
  if (count != 7) {
    std::fputs("usage: crowded_rooms PORT ROOMS MEMBERS ROUNDS PER_SECOND MESSAGES\n", stderr);
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const int rooms = std::atoi(words[2]);
  const int members = std::atoi(words[3]);
  const int rounds = std::atoi(words[4]);
  const double per_second = std::atof(words[5]);
  const int messages = std::atoi(words[6]);
  load all(static_cast<std::uint16_t>(std::atoi(words[1])), rooms, members, messages);
  const auto began = clock_type::now();
  for (int i = 0; i < rounds; ++i) {
    load::wait_for_a_line("ready");
    all.round(per_second);
  }
  const std::chrono::duration<double> took = clock_type::now() - began;
  std::printf("%lld %.3f\n", static_cast<long long>(rooms) * members * members * messages * rounds, took.count());
  return 0;
}
