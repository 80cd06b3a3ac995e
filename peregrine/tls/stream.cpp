#include "peregrine/tls/stream.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/log.hpp"
#include "peregrine/base/tls_code.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace peregrine::tls {

namespace {

using state = engine::state;

constexpr std::size_t look_ahead = 64;
// All that comes out of one full receive buffer below, and of a record that was begun before.
constexpr std::size_t plaintext_size = std::size_t{64} * 1024 + 2 * engine::largest_record;
// Of records that nobody reads: more than one `write` makes, and what a session says by itself is a few bytes.
constexpr std::size_t most_unsent = std::size_t{256} * 1024;
constexpr std::chrono::milliseconds farewell{5'000};

// One for the thread, as the reactor's receive buffer is, which holds the ciphertext meanwhile.
mutable_bytes plaintext_buffer() {
  thread_local const auto here = std::make_unique<std::byte[]>(plaintext_size + look_ahead);
  return {here.get(), plaintext_size};
}

}  // namespace

stream::stream(stream_ptr below, const server_context& shared) : stream(std::move(below), shared.open(), false) {}

stream::stream(stream_ptr below, const client_context& shared, const std::string& host, protocol_list offered)
    : stream(std::move(below), shared.open(host, offered), true) {
  const auto said = engine_.begin();
  send(said.output);
  if (said.now == state::failed) fail_later(said.code);
}

stream::stream(stream_ptr below, engine session, bool is_client)
    : engine_(std::move(session)), below_(std::move(below)), wants_write_(is_client) {
  below_->attach(*this);
}

// ---- what comes ----

void stream::on_bytes(mutable_bytes lent) {
  if (has_ended_) return;
  take_all(lent);
}

void stream::take_all(bytes input) {
  is_taking_ = true;
  take(input);
  is_taking_ = false;
}

void stream::take(bytes input) {
  while (true) {
    const auto room = plaintext_buffer();
    const auto made = engine_.feed(input, room);
    if (made.now != state::shaking_hands) state_ = made.now;
    send(made.output);
    if (made.plaintext > 0) {
      owner_->on_bytes(room.first(made.plaintext));
      if (has_ended_) return;
    }
    if (made.now == state::failed) {
      log::debug("tls", {{"peer", peer()}, {"openssl", std::string_view(made.why)}}, "A TLS session failed: {}",
                 explain(made.code, attempt::transfer));
      tell_end(made.code);
      return;
    }
    tell_writable();
    if (has_ended_) return;
    if (is_paused_) {
      if (!input.empty()) kept().unread.assign(input.begin(), input.end());
      return;
    }
    if (state_ == state::ended) {
      tell_end(0);
      return;
    }
    if (input.empty()) return;
  }
}

void stream::on_end(int code) {
  kept_.reset();  // there is nobody to take it any more
  if (is_closed_) {
    bury();
    return;
  }
  if (has_ended_) return;
  if (code == 0) {
    code = state_ == state::shaking_hands ? tls_code::ended_in_handshake : tls_code::truncated;
    log::debug("tls", {{"peer", peer()}}, "A TLS session was cut off: {}", explain(code, attempt::transfer));
  }
  state_ = state::failed;
  tell_end(code);
}

void stream::pause() noexcept {
  is_paused_ = true;
  below_->pause();
}

void stream::resume() {
  is_paused_ = false;
  if (!is_taking_ && !has_ended_) {
    if (kept_ && !kept_->unread.empty()) {
      const auto unread = std::exchange(kept_->unread, {});
      drop_idle_kept();
      take_all(unread);
    } else if (state_ == state::ended) {
      tell_end(0);
    }
  }
  if (!is_paused_ && below_) below_->resume();
}

// ---- what goes ----

std::size_t stream::write(std::span<const bytes> pieces) noexcept {
  std::size_t offered = 0;
  for (const auto& piece : pieces) offered += piece.size();
  if (state_ == state::failed) return offered;  // it is lost, as the owner was told or will be
  std::size_t taken = 0;
  while (taken < offered && is_open() && !has_unsent()) {
    const auto made = engine_.seal(pieces, taken);
    if (made.now == state::failed) {
      fail_later(made.code);
      return offered;
    }
    taken += made.taken;
    send(made.output);
    if (made.taken == 0) break;  // half of a message between the two ends of TLS is there, and the rest comes first
  }
  if (taken < offered) wants_write_ = true;
  return taken;
}

void stream::send(bytes records) noexcept {
  if (records.empty() || !below_) return;
  const auto taken = has_unsent() ? 0 : below_->write({&records, 1});
  if (taken == records.size()) return;
  auto& unsent = kept().unsent;
  if (unsent.size() + records.size() > most_unsent) {
    fail_later(tls_code::unread);
    return;
  }
  unsent.insert(unsent.end(), records.begin() + static_cast<std::ptrdiff_t>(taken), records.end());
}

void stream::send_unsent() noexcept {
  auto& unsent = kept_->unsent;
  const bytes all = unsent;
  const auto taken = below_->write({&all, 1});
  unsent.erase(unsent.begin(), unsent.begin() + static_cast<std::ptrdiff_t>(taken));
  drop_idle_kept();
}

void stream::on_writable() {
  if (has_unsent()) {
    send_unsent();
    if (has_unsent()) return;
    if (is_closed_) {
      bury();
      return;
    }
    if (is_finished_) below_->finish();
  }
  if (!has_ended_) tell_writable();
}

void stream::tell_writable() {
  if (!wants_write_ || !is_open() || has_unsent()) return;
  wants_write_ = false;
  owner_->on_writable();
}

// ---- how it ends ----

void stream::say_goodbye() noexcept {
  if (is_finished_) return;
  is_finished_ = true;
  if (is_open()) send(engine_.finish().output);
}

void stream::finish() noexcept {
  say_goodbye();
  if (!has_unsent()) below_->finish();
}

void stream::fail_later(int code) noexcept {
  state_ = state::failed;
  code_ = static_cast<std::uint16_t>(code);
  reactor::current().in_next_turn(*this);
}

void stream::on_turn() {
  if (!below_) {
    reactor::current().discard(*this);
  } else if (!has_ended_) {
    tell_end(code_);
  }
}

void stream::tell_end(int code) {
  if (has_ended_) return;
  has_ended_ = true;
  owner_->on_end(code);
}

void stream::close() noexcept {
  if (is_closed_) return;
  is_closed_ = has_ended_ = true;
  say_goodbye();
  if (has_unsent() && is_open()) {
    reactor::current().set_timeout(*this, farewell);
    below_->resume();  // so that its end is heard
  } else {
    bury();
  }
}

void stream::bury() noexcept {
  reactor::clear_timeout(*this);
  below_.reset();
  if (!is_queued()) reactor::current().discard(*this);
}

std::string_view stream::application_protocol() const noexcept {
  return is_open() ? engine_.application_protocol() : std::string_view();
}

stream::kept_bytes& stream::kept() {
  if (!kept_) kept_ = std::make_unique<kept_bytes>();
  return *kept_;
}

void stream::drop_idle_kept() noexcept {
  if (kept_ && kept_->unsent.empty() && kept_->unread.empty()) kept_.reset();
}

}  // namespace peregrine::tls
