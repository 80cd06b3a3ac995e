#include "peregrine/tls/ticket_keys.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

namespace peregrine::tls {

namespace {

constexpr std::size_t slots = 4;

}  // namespace

struct ticket_keys::shared {
  std::atomic<std::uint64_t> renewals;  // the current key's slot is this, modulo their number; the one before it opens
  std::array<key, slots> all;
};

ticket_keys::ticket_keys() : ticket_keys(memfd_create("peregrine-tickets", MFD_CLOEXEC)) {
  renew();
}

ticket_keys::ticket_keys(int file) : file_(file), memory_(nullptr) {
  const auto check = [](bool is_well) {
    if (!is_well) throw std::system_error(errno, std::generic_category(), "memory for the keys of tickets");
  };
  check(file_ >= 0 && ftruncate(file_, sizeof(shared)) == 0);
  void* const mapped = mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  check(mapped != MAP_FAILED);
  madvise(mapped, sizeof(shared), MADV_DONTDUMP);
  memory_ = static_cast<shared*>(mapped);
}

result<ticket_keys> ticket_keys::adopt(int file) {
  struct stat about {};
  if (fstat(file, &about) == 0 && about.st_size == static_cast<off_t>(sizeof(shared))) return ticket_keys(file);
  ::close(file);
  return failure{"the supervisor shares keys of another form; restart the server as a whole"};
}

ticket_keys::ticket_keys(ticket_keys&& other) noexcept
    : file_(std::exchange(other.file_, -1)), memory_(std::exchange(other.memory_, nullptr)) {}

ticket_keys::~ticket_keys() {
  if (memory_) munmap(memory_, sizeof(shared));
  if (file_ >= 0) ::close(file_);
}

std::optional<ticket_keys::key> ticket_keys::current() const noexcept {
  auto chosen = memory_->all[memory_->renewals.load(std::memory_order_acquire) % slots];
  chosen.is_current = true;
  return chosen;
}

std::optional<ticket_keys::key> ticket_keys::find(std::span<const unsigned char> name) const noexcept {
  const auto renewals = memory_->renewals.load(std::memory_order_acquire);
  for (std::uint64_t age = 0; age < std::min<std::uint64_t>(renewals, 2); ++age) {
    auto chosen = memory_->all[(renewals - age) % slots];
    if (!std::ranges::equal(chosen.name, name)) continue;
    chosen.is_current = age == 0;
    return chosen;
  }
  return std::nullopt;
}

// Nobody looks at the slot that is written. Who still reads the one that is wiped gets no session out of it, and does a
// full handshake.
void ticket_keys::renew() noexcept {
  const auto before = memory_->renewals.load(std::memory_order_relaxed);
  auto& made = memory_->all[(before + 1) % slots];
  if (getentropy(&made, sizeof made) != 0) std::abort();
  memory_->renewals.store(before + 1, std::memory_order_release);
  if (before == 0) return;
  auto& gone = memory_->all[(before - 1) % slots];
  explicit_bzero(&gone, sizeof gone);
}

}  // namespace peregrine::tls
