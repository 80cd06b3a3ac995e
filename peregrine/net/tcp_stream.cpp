#include "peregrine/net/tcp_stream.hpp"

#include "peregrine/base/explain.hpp"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace peregrine {

namespace {

constexpr std::uint32_t read_events = EPOLLIN | EPOLLRDHUP;
constexpr int reads_per_turn = 16;  // a megabyte: then others have their turn
constexpr std::size_t pieces_per_write = 64;

thread_local tcp_stream::bookkeeper* books = nullptr;

ssize_t send_many(int socket, std::span<const bytes> pieces) noexcept {
  std::array<iovec, pieces_per_write> vector;
  const std::size_t count = std::min(pieces.size(), vector.size());
  for (std::size_t i = 0; i < count; ++i) {
    vector[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
  }
  msghdr message{};
  message.msg_iov = vector.data();
  message.msg_iovlen = count;
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

// Inline, for on its way back from the kernel each return is one that the processor has not foreseen.
[[gnu::always_inline]] inline ssize_t send_pieces(int socket, std::span<const bytes> pieces) noexcept {
  if (pieces.size() == 1) return ::send(socket, pieces[0].data(), pieces[0].size(), MSG_NOSIGNAL);
  return send_many(socket, pieces);
}

}  // namespace

// What new sockets have sent first is received from many of them, then handed on from many. Behind a system call the
// kernel's code has taken the place of ours in the caches; to judge a head costs half as much right behind another
// (docs/decisions/0008).
class tcp_stream::first_bytes final : public event_target {
 public:
  // Of this thread's loop.
  static first_bytes& gathered() {
    thread_local first_bytes of_this_thread;
    return of_this_thread;
  }

  // Where to receive next, a few kilobytes at least.
  mutable_bytes room() {
    constexpr std::size_t least = 4096;
    const auto whole = reactor::current().gathering_buffer();
    if (whole.size() - used_ < least) hand_on();
    return whole.subspan(used_);
  }

  // `received` is where the room begins. It is handed on when all descriptors that are ready have been served, or when
  // there is no more room.
  void keep(tcp_stream& receiver, mutable_bytes received) {
    pieces_.push_back({&receiver, received});
    used_ += received.size();
    reactor::current().in_next_turn(*this);
  }

 private:
  struct piece {
    tcp_stream* receiver;
    mutable_bytes received;
  };

  void on_turn() override { hand_on(); }

  void hand_on() {
    constexpr std::size_t ahead = 4;  // it comes from memory while those before it are served
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      if (i + ahead < pieces_.size()) __builtin_prefetch(pieces_[i + ahead].receiver);
      auto& receiver = *pieces_[i].receiver;
      if (receiver.socket_ >= 0 && !receiver.has_ended_) receiver.hand_on(pieces_[i].received);
    }
    pieces_.clear();
    used_ = 0;
  }

  std::vector<piece> pieces_;
  std::size_t used_ = 0;  // bytes of the buffer
};

result<std::unique_ptr<tcp_stream, stream_closer>> tcp_stream::connect(const address& to,
                                                                       const std::optional<address>& source) {
  const int socket = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return failure{explain(errno, attempt::connect), errno};
  std::unique_ptr<tcp_stream, stream_closer> made(new tcp_stream(socket));
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (source) {
    // The port is chosen at connect, when the destination is known, so that one port serves many destinations.
    if (source->port() == 0) setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (::bind(socket, source->data(), source->size()) != 0) {
      // That an address is not there means no such interface to bind, as to listen, and no more ports to connect.
      const int code = errno;
      const auto what = code == EADDRNOTAVAIL ? attempt::listen : attempt::connect;
      return failure{"cannot use the source address " + source->host() + ": " + explain(code, what), code};
    }
  }
  if (::connect(socket, to.data(), to.size()) != 0 && errno != EINPROGRESS) {
    return failure{explain(errno, attempt::connect), errno};
  }
  return made;
}

void tcp_stream::start() {
  watches_write_ = wants_write_;
  const auto events = read_events | (watches_write_ ? static_cast<std::uint32_t>(EPOLLOUT) : 0);
  if (auto added = reactor::current().world().add(socket_, events, poller::trigger::edge, *this); !added) {
    end(added.error().code);
    return;
  }
  is_watched_ = true;
}

void tcp_stream::on_ready(std::uint32_t events) {
  if (socket_ < 0 || has_ended_) return;
  // While paused, what came before a reset stays unread and is lost with it.
  if ((events & EPOLLERR) && is_paused_) {
    int code = 0;
    socklen_t size = sizeof code;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &code, &size);
    end(code != 0 ? code : write_error_ != 0 ? write_error_ : ECONNRESET);
    return;
  }
  if ((events & EPOLLOUT) && wants_write_) {
    wants_write_ = false;
    owner_->on_writable();
    if (socket_ < 0 || has_ended_) return;
  }
  if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
  if (is_paused_) {
    has_unread_ = true;
  } else {
    receive((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
  }
}

void tcp_stream::receive(bool until_end) {
  auto* gathered = has_received_ || until_end ? nullptr : &first_bytes::gathered();
  has_received_ = true;
  for (int i = 0; i < reads_per_turn; ++i) {
    const auto buffer = gathered ? gathered->room() : reactor::current().receive_buffer();
    const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      end(errno);
      return;
    }
    if (count == 0) {
      end(write_error_);  // an error that was told to `write` is not told again
      return;
    }
    // A short read has emptied the socket: the next byte is a new edge. The end of the stream is not.
    const bool is_empty = static_cast<std::size_t>(count) < buffer.size() && !until_end;
    const auto received = buffer.first(static_cast<std::size_t>(count));
    if (gathered && is_empty) {
      gathered->keep(*this, received);
      return;
    }
    gathered = nullptr;
    hand_on(received);
    if (socket_ < 0 || has_ended_) return;
    if (is_paused_) {
      has_unread_ = true;
      return;
    }
    if (is_empty) return;
  }
  if (is_watched_) {
    reactor::current().world().rearm(socket_, read_events | (watches_write_ ? static_cast<std::uint32_t>(EPOLLOUT) : 0),
                                     *this);
  }
}

void tcp_stream::hand_on(mutable_bytes received) {
  if (is_counted_) counted_.received += received.size();
  owner_->on_bytes(received);
}

void tcp_stream::resume() {
  is_paused_ = false;
  if (!has_unread_ || socket_ < 0 || has_ended_) return;
  has_unread_ = false;
  receive(true);
}

std::size_t tcp_stream::write(std::span<const bytes> pieces) noexcept {
  std::size_t taken = 0;
  while (!pieces.empty()) {
    const auto count = send_pieces(socket_, pieces);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        watch_write();
        return taken;
      }
      // The peer is gone: what is written is lost, and the poller reports the end.
      write_error_ = static_cast<std::uint16_t>(errno);
      for (const auto& piece : pieces) taken += piece.size();
      return taken;
    }
    auto left = static_cast<std::size_t>(count);
    taken += left;
    if (is_counted_) counted_.sent += left;
    while (!pieces.empty() && left >= pieces.front().size()) {
      left -= pieces.front().size();
      pieces = pieces.subspan(1);
    }
    if (left > 0) {  // the socket's buffer is full in the middle of a piece
      watch_write();
      return taken;
    }
  }
  return taken;
}

void tcp_stream::watch_write() {
  wants_write_ = true;
  if (!is_watched_ || watches_write_) return;
  watches_write_ = true;
  reactor::current().world().rearm(socket_, read_events | static_cast<std::uint32_t>(EPOLLOUT), *this);
}

void tcp_stream::finish() noexcept {
  ::shutdown(socket_, SHUT_WR);
}

void tcp_stream::end(int code) {
  has_ended_ = true;
  owner_->on_end(code);
}

void tcp_stream::set_bookkeeper(bookkeeper* told) noexcept {
  books = told;
}

void tcp_stream::close() noexcept {
  if (socket_ < 0) return;
  if (books) books->on_close(socket_);
  ::close(socket_);
  socket_ = -1;
  has_ended_ = true;
  reactor::current().discard(*this);
}

std::string tcp_stream::peer() const {
  return address::of_peer(socket_).to_string();
}

}  // namespace peregrine
