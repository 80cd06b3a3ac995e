#include "peregrine/websocket/entropy.hpp"

#include <pthread.h>
#include <sys/random.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdlib>

namespace peregrine::websocket {

namespace {

// Counts the forks above this process: a child must not hand out what its parent had drawn.
std::atomic<unsigned> generation{0};

struct pool {
  static constexpr std::size_t size = 4096;
  std::byte bytes[size];
  std::size_t used = size;
  unsigned drawn_in = 0;

  void refill() noexcept {
    for (std::size_t have = 0; have < size;) {
      const auto got = getrandom(bytes + have, size - have, 0);
      if (got < 0 && errno != EINTR) std::abort();
      if (got > 0) have += static_cast<std::size_t>(got);
    }
    used = 0;
    drawn_in = generation.load(std::memory_order_relaxed);
  }
};

thread_local pool drawn;

[[maybe_unused]] const int watches_forks =
    pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });

}  // namespace

void draw_entropy(mutable_bytes out) noexcept {
  assert(out.size() <= 256);
  if (pool::size - drawn.used < out.size() || drawn.drawn_in != generation.load(std::memory_order_relaxed)) {
    drawn.refill();
  }
  std::memcpy(out.data(), drawn.bytes + drawn.used, out.size());
  drawn.used += out.size();
}

}  // namespace peregrine::websocket
