#include "peregrine/http2/stream.hpp"

#include "peregrine/http2/carrier.hpp"

#include <cerrno>
#include <utility>

namespace peregrine::http2 {

namespace {

constexpr std::size_t look_ahead = 64;  // readable bytes behind what is lent, as behind the loop's buffer

}  // namespace

std::size_t stream::write(std::span<const bytes> pieces) noexcept {
  if (home_) return home_->write(*this, pieces);
  std::size_t lost = 0;  // the peer is gone: as a socket's stream does after an error
  for (const auto& piece : pieces) lost += piece.size();
  return lost;
}

// While it is paused what came is kept, and is not consumed: so the peer can send no more than its window.
void stream::deliver(mutable_bytes lent) {
  if (is_paused_) {
    if (!held_) held_ = std::make_unique<std::vector<std::byte>>();
    held_->insert(held_->end(), lent.begin(), lent.end());
    return;
  }
  owner_->on_bytes(lent);
  if (home_ && !is_paused_) home_->consume(*this);
}

void stream::resume() {
  is_paused_ = false;
  if (held_) {
    const auto held = std::exchange(held_, nullptr);
    const auto size = held->size();
    held->resize(size + look_ahead);
    owner_->on_bytes({held->data(), size});
    if (is_paused_ || has_ended_) return;
  }
  if (home_) home_->consume(*this);
  if (peer_has_ended) end(0);
}

void stream::end(int code) {
  if (has_ended_) return;
  has_ended_ = true;
  owner_->on_end(code);
}

void stream::finish() noexcept {
  if (home_ && !has_finished_) home_->finish(*this);
}

void stream::close() noexcept {
  has_ended_ = true;
  if (home_) home_->part(*this);
  reactor::current().discard(*this);
}

bool stream::is_secure() const noexcept {
  return home_ && home_->is_secure();
}

std::string stream::peer() const {
  return home_ ? home_->peer() + " stream " + std::to_string(id) : "gone";
}

}  // namespace peregrine::http2
