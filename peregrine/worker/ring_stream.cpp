#include "peregrine/worker/ring_stream.hpp"

#include "peregrine/base/explain.hpp"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace peregrine::worker {

namespace {

constexpr std::size_t cache_line = 64;
constexpr std::size_t piece = std::size_t{64} * 1024;  // bytes: then the writer has room again
constexpr auto acquire = std::memory_order_acquire;
constexpr auto relaxed = std::memory_order_relaxed;

// A position is a count of bytes since the beginning, which never wraps.
using position = std::atomic<std::uint64_t>;
using flag = std::atomic<bool>;
static_assert(position::is_always_lock_free && flag::is_always_lock_free, "processes share them");

}  // namespace

// New memory is zero, and that is an empty ring whose ends are both awake.
//
// Who raises a flag looks at the other's position again before it rests, and who moves its position looks at the
// other's flag behind that, all in one order (memory_order_seq_cst): one of the two sees the other, and no wake is
// lost.
struct ring_stream::ring {
  alignas(cache_line) position written;
  position origin;    // where the ring began anew with its first byte; the writer's, to be changed while it is empty
  flag writer_waits;  // for room
  alignas(cache_line) position read;
  flag reader_sleeps;  // until the bell rings
  alignas(cache_line) std::array<std::byte, capacity> bytes;

  std::span<std::byte> from(std::uint64_t where) noexcept {
    return std::span(bytes).subspan((where - origin.load(relaxed)) % capacity);
  }
};

struct ring_stream::shared {
  ring to_right;
  ring to_left;
};

result<std::pair<ring_stream::files, ring_stream::files>> ring_stream::make_pair() {
  const auto fail = [] {
    return failure{"no way to another process could be made: " + explain(errno, attempt::open), errno};
  };
  const int memory = memfd_create("peregrine-bus", MFD_CLOEXEC);
  if (memory < 0) return fail();
  int ends[2];
  if (ftruncate(memory, sizeof(shared)) != 0 ||
      socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    const auto why = fail();
    ::close(memory);
    return why;
  }
  return std::pair(files{ends[0], memory}, files{ends[1], memory});
}

result<ring_stream*> ring_stream::open(files ours, side which) {
  struct stat about {};
  const bool is_whole = fstat(ours.memory, &about) == 0 && about.st_size == sizeof(shared);
  void* const mapped =
      is_whole ? mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED, ours.memory, 0) : MAP_FAILED;
  const int code = errno;
  ::close(ours.memory);
  if (mapped != MAP_FAILED) return new ring_stream(ours.socket, *static_cast<shared*>(mapped), which);
  ::close(ours.socket);
  if (!is_whole) return failure{"the other process has another form of the bus; restart the server as a whole"};
  return failure{"the memory of the bus can't be shared: " + explain(code, attempt::open), code};
}

ring_stream::ring_stream(int socket, shared& memory, side which) noexcept
    : socket_(socket),
      memory_(&memory),
      in_(which == side::left ? memory.to_left : memory.to_right),
      out_(which == side::left ? memory.to_right : memory.to_left) {}

ring_stream::~ring_stream() {
  munmap(memory_, sizeof(shared));
}

void ring_stream::start() {
  if (auto added = reactor::current().world().add(socket_, EPOLLIN | EPOLLRDHUP, poller::trigger::edge, *this);
      !added) {
    end(added.error().code);
    return;
  }
  reactor::current().in_next_turn(*this);
}

// ---- reading ----

void ring_stream::on_ready(std::uint32_t events) {
  if (is_over()) return;
  std::array<std::byte, 64> bells;
  while (::recv(socket_, bells.data(), bells.size(), 0) == static_cast<ssize_t>(bells.size())) {
  }
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) is_alone_ = true;
  if (wants_write_ && !room().empty()) {
    wants_write_ = false;
    owner_->on_writable();
    if (is_over()) return;
  }
  receive();
}

void ring_stream::on_turn() {
  if (is_discarded_) {
    delete this;
  } else if (!is_over()) {
    receive();
  }
}

void ring_stream::receive() {
  // What comes meanwhile has its turn behind the others'.
  for (std::size_t budget = capacity; !is_paused_;) {
    const auto waiting = in_.written.load(acquire) - read_;
    if (waiting == 0) {
      in_.reader_sleeps.store(true);
      if (in_.written.load() == read_) break;
      in_.reader_sleeps.store(false);
      continue;
    }
    if (waiting > capacity) {  // the other end has gone astray
      end(EPROTO);
      return;
    }
    if (budget == 0) {
      reactor::current().in_next_turn(*this);
      return;
    }
    const auto rest = in_.from(read_);
    const auto size = std::min({static_cast<std::size_t>(waiting), rest.size(), piece, budget});
    owner_->on_bytes(rest.first(size));
    if (is_over()) return;
    budget -= size;
    read_ += size;
    in_.read.store(read_);
    if (in_.writer_waits.load() && in_.writer_waits.exchange(false)) ring_bell();
  }
  if (is_alone_ && !is_paused_) end(0);
}

void ring_stream::resume() {
  is_paused_ = false;
  if (!is_over()) receive();
}

// ---- writing ----

std::size_t ring_stream::write(std::span<const bytes> pieces) noexcept {
  std::size_t taken = 0;
  for (auto rest : pieces) {
    while (!rest.empty()) {
      const auto to = room();
      if (to.empty()) {
        publish();
        if (await_room()) continue;
        wants_write_ = true;
        return taken;
      }
      const auto size = std::min(to.size(), rest.size());
      std::memcpy(to.data(), rest.data(), size);
      rest = rest.subspan(size);
      written_ += size;
      taken += size;
    }
  }
  publish();
  return taken;
}

// As much as is in one piece.
mutable_bytes ring_stream::room() noexcept {
  const auto unread = written_ - out_.read.load(acquire);
  if (unread > capacity) return {};  // the other end has gone astray: nothing is written over what it may be reading
  // An empty ring begins anew, so that no more of the memory is touched than was ever needed at once.
  if (unread == 0) out_.origin.store(written_, relaxed);
  const auto rest = out_.from(written_);
  return rest.first(std::min<std::size_t>(rest.size(), capacity - unread));
}

// Whether there is room after all; otherwise the reader will ring.
bool ring_stream::await_room() noexcept {
  out_.writer_waits.store(true);
  if (written_ - out_.read.load() >= capacity) return false;
  out_.writer_waits.store(false);
  return true;
}

void ring_stream::publish() noexcept {
  out_.written.store(written_);
  if (out_.reader_sleeps.load() && out_.reader_sleeps.exchange(false)) ring_bell();
}

// That the other end has not heard the last one is as good.
void ring_stream::ring_bell() noexcept {
  constexpr char any = 0;
  ::send(socket_, &any, sizeof any, MSG_NOSIGNAL);
}

// ---- ending ----

void ring_stream::finish() noexcept {
  ::shutdown(socket_, SHUT_WR);
}

void ring_stream::end(int code) {
  has_ended_ = true;
  owner_->on_end(code);
}

void ring_stream::close() noexcept {
  if (socket_ < 0) return;
  ::close(socket_);
  socket_ = -1;
  reactor::current().discard(*this);
}

void ring_stream::on_discarded() noexcept {
  is_discarded_ = true;
  if (!is_queued()) delete this;
}

}  // namespace peregrine::worker
