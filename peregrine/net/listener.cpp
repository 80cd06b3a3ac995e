#include "peregrine/net/listener.hpp"

#include "peregrine/base/explain.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <utility>

namespace peregrine {

namespace {

using namespace std::chrono_literals;

constexpr int backlog = 65'535;  // the kernel cuts it to net.core.somaxconn
// Some 1 ms of accepting, then others have their turn. Many at once, what is made of them behind that, their requests,
// what those ask for, and the responses at the turn's end: each stretch of code is then fetched once for hundreds of
// connections (docs/decisions/0008).
constexpr std::size_t accepts_per_turn = 256;
constexpr auto retry_after = 250ms;

std::vector<int> handed_over;

void set_no_delay(int socket) noexcept {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // inherited by what is accepted
}

bool is_limit(int code) noexcept {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

}  // namespace

result<int> listener::open_socket(const address& at, sharing how) {
  const auto refuse = [&at](int code) {
    return failure{"cannot listen on " + at.to_string() + ": " + explain(code, attempt::listen), code};
  };
  const int socket = ::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return refuse(errno);
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (how == sharing::shared) setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  set_no_delay(socket);
  if (::bind(socket, at.data(), at.size()) != 0 || ::listen(socket, backlog) != 0) {
    const int code = errno;
    ::close(socket);
    return refuse(code);
  }
  return socket;
}

void listener::hand_over(std::vector<int> sockets) {
  handed_over = std::move(sockets);
  for (const int each : handed_over) {  // a service manager hands over sockets that block
    ::fcntl(each, F_SETFL, ::fcntl(each, F_GETFL) | O_NONBLOCK);
    set_no_delay(each);
  }
}

int listener::take_handed_over(const address& at) noexcept {
  for (auto each = handed_over.begin(); each != handed_over.end(); ++each) {
    const auto bound = address::of_local(*each);
    if (bound.host() != at.host() || (at.port() != 0 && at.port() != bound.port())) continue;
    const int taken = *each;
    handed_over.erase(each);
    return taken;
  }
  return -1;
}

std::vector<address> listener::close_handed_over() {
  std::vector<address> closed;
  for (const int each : std::exchange(handed_over, {})) {
    closed.push_back(address::of_local(each));
    ::close(each);
  }
  return closed;
}

result<listener_ptr> listener::open(const address& at, acceptor accept, limit_reporter report) {
  int socket = take_handed_over(at);
  if (socket < 0) {
    const auto opened = open_socket(at, sharing::alone);
    if (!opened) return opened.error();
    socket = *opened;
  }
  listener_ptr made(new listener(socket, std::move(accept), std::move(report)));
  if (auto watching = made->watch(); !watching) return watching.error();
  return made;
}

listener::listener(int socket, acceptor accept, limit_reporter report)
    : socket_(socket), accept_(std::move(accept)), report_(std::move(report)) {}

void listener::close() noexcept {
  // Closing the socket would do, but for one that another process holds as well.
  reactor::current().world().remove(socket_);
  ::close(std::exchange(socket_, -1));
  reactor::clear_timeout(*this);
  reactor::current().discard(*this);
}

void listener_closer::operator()(listener* closed) const noexcept {
  closed->close();
}

result<> listener::watch() {
  return reactor::current().world().add(socket_, EPOLLIN, poller::trigger::level, *this);
}

void listener::on_ready(std::uint32_t) {
  for (std::size_t tries = accepts_per_turn; tries > 0 && socket_ >= 0;) {
    std::array<int, accepts_per_turn> accepted;
    std::size_t count = 0;
    int code = 0;
    for (; tries > 0 && code != EAGAIN && !is_limit(code); --tries) {
      const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket >= 0) {
        accepted[count++] = socket;
      } else {
        // Anything but a limit (ECONNABORTED, EPERM by a firewall, a network error of the pending connection) is about
        // that one connection: the next may do better.
        code = errno;
      }
    }
    hand_on({accepted.data(), count});
    if (code == EAGAIN) {  // all who waited are in
      is_at_limit_ = false;
      return;
    }
    // A limit that was met with sockets in hand may be none any more, when those have been refused and closed.
    if (is_limit(code) && count == 0) {
      wait_for_room(code);
      return;
    }
  }
}

void listener::hand_on(std::span<const int> accepted) {
  for (const int each : accepted) {
    if (socket_ >= 0) {
      accept_(each);
    } else {  // one before it has closed this listener
      ::close(each);
    }
  }
}

void listener::wait_for_room(int code) {
  reactor::current().world().remove(socket_);
  reactor::current().set_timeout(*this, retry_after);
  if (!std::exchange(is_at_limit_, true)) report_(explain(code, attempt::accept));
}

void listener::on_timeout() {
  if (!watch()) reactor::current().set_timeout(*this, retry_after);
}

}  // namespace peregrine
