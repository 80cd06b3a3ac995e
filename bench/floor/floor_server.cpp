// The floor: the least that a server can do to shake hands as a WebSocket server and to tell everybody what one has
// said. Others are divided by what it costs, so nothing in it may be slower than need be, and nothing is there that can
// be left out: no HTTP parser (the key is found by a plain search), no rooms (everybody is in one list), no outbox (who
// doesn't read is dropped), no limits, no clock. It answers any head that has a key; it is no server for anything but a
// measurement.
//
// A handshake is four system calls: accept4, recv, send, epoll_ctl. What arrives in one turn of the loop is gathered,
// and each member gets it in one send.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept_key.hpp"
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace bench {
namespace {

int checked(int outcome, const char* call) {
  if (outcome < 0) throw std::system_error(errno, std::generic_category(), call);
  return outcome;
}

class floor_server {
 public:
  explicit floor_server(std::uint16_t port);
  [[noreturn]] void run();

 private:
  static constexpr std::uint32_t greeting = 0xffffffff;  // connected, has not sent its head yet

  void accept_all();
  void receive(int socket, bool ended);
  bool take(int socket, std::string_view input);
  std::string_view answer(int socket, std::string_view input, bool& alive);
  std::string_view gather(std::string_view input, bool& alive);
  void tell_everybody();
  void drop(int socket);

  int listener_;
  int epoll_;
  accept_key accept_key_;
  std::vector<int> members_;
  std::vector<std::uint32_t> place_;               // by socket: where it stands in members_, or greeting
  std::unordered_map<int, std::string> leftover_;  // what came in without its end; hardly ever anything
  std::string turn_;                               // the frames that came in during this turn, unmasked
  std::array<char, 1 << 18> input_;
};

floor_server::floor_server(std::uint16_t port)
    : listener_(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  const int on = 1;
  checked(setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
  checked(setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on),
          "TCP_NODELAY");  // accepted sockets inherit it
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  checked(listen(listener_, 4096), "listen");
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = listener_}};
  checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event), "epoll_ctl");
  turn_.reserve(1 << 16);
}

void floor_server::run() {
  std::array<epoll_event, 1024> events;
  while (true) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.fd == listener_) {
        accept_all();
      } else {
        receive(event.data.fd, (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
      }
    }
    if (!turn_.empty()) tell_everybody();
  }
}

void floor_server::accept_all() {
  while (true) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == ECONNABORTED) continue;
      if (errno != EAGAIN) std::perror("floor_server: accept4");
      return;
    }
    if (static_cast<std::size_t>(socket) >= place_.size()) place_.resize(static_cast<std::size_t>(socket) + 1024);
    place_[static_cast<std::size_t>(socket)] = greeting;
    epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.fd = socket}};
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event), "epoll_ctl");
  }
}

void floor_server::receive(int socket, bool ended) {
  while (true) {
    const ssize_t size = recv(socket, input_.data(), input_.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return drop(socket);
    if (!take(socket, {input_.data(), static_cast<std::size_t>(size)})) return drop(socket);
    // Less than was asked for: the socket is empty, and epoll tells of what comes later. Not of an end that is there
    // already.
    if (static_cast<std::size_t>(size) < input_.size() && !ended) return;
  }
}

// False: this member's connection is over.
bool floor_server::take(int socket, std::string_view input) {
  std::string joined;
  if (!leftover_.empty()) {
    if (const auto before = leftover_.find(socket); before != leftover_.end()) {
      joined = std::move(before->second).append(input);
      leftover_.erase(before);
      input = joined;
    }
  }
  bool alive = true;
  if (place_[static_cast<std::size_t>(socket)] == greeting) input = answer(socket, input, alive);
  if (alive && !input.empty() && place_[static_cast<std::size_t>(socket)] != greeting) input = gather(input, alive);
  if (alive && !input.empty()) leftover_[socket] = input;
  return alive;
}

// The handshake, once the whole head is there. Returns what follows the head, or all of it while it is not whole.
std::string_view floor_server::answer(int socket, std::string_view input, bool& alive) {
  static std::string reply =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ****************************\r\n\r\n";
  static const std::size_t accept_at = reply.find('*');
  constexpr std::string_view key_field = "Sec-WebSocket-Key: ";
  constexpr std::string_view end_of_head = "\r\n\r\n";

  // A head mostly comes alone and whole, so its end is where the input ends.
  const std::size_t end = input.ends_with(end_of_head) ? input.size() - 4 : input.find(end_of_head);
  if (end == input.npos) return input;
  const void* found = memmem(input.data(), end, key_field.data(), key_field.size());
  if (found == nullptr) return alive = false, input;
  const std::size_t key = static_cast<std::size_t>(static_cast<const char*>(found) - input.data()) + key_field.size();
  if (key + accept_key::key_size > end) return alive = false, input;

  accept_key_.write(input.substr(key, accept_key::key_size), reply.data() + accept_at);
  reply[accept_at + accept_key::accept_size] = '\r';  // where OpenSSL has put its zero
  if (send(socket, reply.data(), reply.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(reply.size())) alive = false;
  place_[static_cast<std::size_t>(socket)] = static_cast<std::uint32_t>(members_.size());
  members_.push_back(socket);
  return input.substr(end + end_of_head.size());
}

// Unmasks each whole frame into turn_ (RFC 6455 §5.2, §5.3). Returns what is left: a frame without its end.
std::string_view floor_server::gather(std::string_view input, bool& alive) {
  while (input.size() >= 6) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(input[at]); };
    std::size_t size = byte(1) & 0x7f;
    std::size_t head = 6;
    if (size == 126) {
      size = static_cast<std::size_t>(byte(2) << 8 | byte(3));
      head = 8;
    }
    const bool masked = (byte(1) & 0x80) != 0;
    const unsigned opcode = byte(0) & 0x0f;
    if (!masked || size == 127 || opcode == 8) return alive = false, input;
    if (input.size() < head + size) break;
    if (opcode < 8) {  // a ping or a pong is nobody else's business
      const std::size_t at = turn_.size();
      turn_.resize(at + head - 4 + size);
      char* out = turn_.data() + at;
      std::memcpy(out, input.data(), head - 4);
      out[1] = static_cast<char>(out[1] & 0x7f);
      out += head - 4;
      const char* mask = input.data() + head - 4;
      const char* payload = input.data() + head;
      for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(payload[i] ^ mask[i & 3]);
    }
    input.remove_prefix(head + size);
  }
  return input;
}

void floor_server::tell_everybody() {
  for (std::size_t i = 0; i < members_.size();) {
    const ssize_t sent = send(members_[i], turn_.data(), turn_.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(turn_.size())) {
      ++i;
    } else {
      std::fprintf(stderr, "floor_server: a member does not read, or is gone: dropped\n");
      drop(members_[i]);  // the last member takes its place
    }
  }
  turn_.clear();
}

void floor_server::drop(int socket) {
  const std::uint32_t place = place_[static_cast<std::size_t>(socket)];
  if (place != greeting) {
    members_[place] = members_.back();
    place_[static_cast<std::size_t>(members_[place])] = place;
    members_.pop_back();
  }
  leftover_.erase(socket);
  close(socket);
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  std::uint16_t port = 0;
  const std::string_view text = count == 2 ? arguments[1] : "";
  if (std::from_chars(text.data(), text.data() + text.size(), port).ptr != text.data() + text.size() || port == 0) {
    std::fprintf(stderr, "usage: floor_server PORT\n");
    return 2;
  }
  try {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    static bench::floor_server server(port);  // static: its receive buffer is no guest for a stack
    server.run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "floor_server: %s\n", failure.what());
    return 1;
  }
}
