#include "peregrine/net/memory_stream.hpp"

#include <algorithm>

namespace peregrine {

std::pair<memory_stream*, memory_stream*> memory_stream::make_pair() {
  auto* one = new memory_stream;
  auto* other = new memory_stream;
  one->peer_ = other;
  other->peer_ = one;
  return {one, other};
}

std::size_t memory_stream::write(std::span<const bytes> pieces) noexcept {
  std::size_t taken = 0;
  for (const auto& piece : pieces) {
    if (peer_->is_closed_ || broken_ != 0) {
      taken += piece.size();
      continue;
    }
    const std::size_t room = faults_.capacity - std::min(faults_.capacity, peer_->arriving_.size());
    const auto part = piece.first(std::min(piece.size(), room));
    peer_->arriving_.insert(peer_->arriving_.end(), part.begin(), part.end());
    taken += part.size();
    if (part.size() < piece.size()) {
      wants_write_ = true;
      break;
    }
  }
  if (taken > 0) peer_->wake();
  return taken;
}

void memory_stream::deliver() {
  if (is_closed_ || has_ended_) return;
  if (broken_ != 0) {
    has_ended_ = true;
    owner_->on_end(broken_);
    return;
  }
  if (wants_write_ && peer_->arriving_.size() < faults_.capacity) {
    wants_write_ = false;
    owner_->on_writable();
    if (is_closed_ || has_ended_) return;
  }
  if (is_paused_) return;
  if (!arriving_.empty()) {
    const auto buffer = reactor::current().receive_buffer();
    const std::size_t size = std::min({arriving_.size(), peer_->faults_.piece, buffer.size()});
    std::copy_n(arriving_.begin(), size, buffer.begin());
    arriving_.erase(arriving_.begin(), arriving_.begin() + static_cast<std::ptrdiff_t>(size));
    peer_->wake();  // there is room again
    wake();
    owner_->on_bytes(buffer.first(size));
  } else if (peer_finished_) {
    has_ended_ = true;
    owner_->on_end(0);
  }
}

void memory_stream::resume() {
  is_paused_ = false;
  wake();
}

void memory_stream::finish() noexcept {
  peer_->peer_finished_ = true;
  if (!peer_->is_closed_) peer_->wake();
}

void memory_stream::break_off(int code) noexcept {
  broken_ = peer_->broken_ = code;
  arriving_.clear();
  peer_->arriving_.clear();
  if (!is_closed_) wake();
  if (!peer_->is_closed_) peer_->wake();
}

void memory_stream::close() noexcept {
  is_closed_ = true;
  if (!peer_->is_closed_) {
    finish();
    return;
  }
  // The last one out: both go when nobody can be on the stack below.
  struct undertaker final : event_target {
    undertaker(memory_stream* a, memory_stream* b) : one(a), other(b) {}
    void on_turn() override {
      if (one->carrier_.is_queued() || other->carrier_.is_queued()) {
        reactor::current().in_next_turn(*this);
        return;
      }
      delete one;
      delete other;
      delete this;
    }
    memory_stream* one;
    memory_stream* other;
  };
  reactor::current().at_turn_end(*new undertaker(this, peer_));  // NOLINT(bugprone-unhandled-exception-at-new): a test
}

}  // namespace peregrine
