// The second half of a connection's life: how it closes, how it ends, and how silence is noticed.
#include "peregrine/base/log.hpp"
#include "peregrine/connection/connection.hpp"
#include "peregrine/connection/connection_extras.hpp"
#include "peregrine/websocket/writer.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace peregrine {

using websocket::close_code;
using websocket::opcode;
using websocket::role;

// ---- closing ----

void connection::close(close_code code, std::string_view why) {
  if (state_ == state::open) begin_to_close(state::closing, code, why);
}

std::string_view connection::peer_reason() const noexcept {
  return extras_ ? std::string_view(extras_->peer_reason) : std::string_view();
}

void connection::close_as_slow_consumer() {
  if (state_ != state::open) return;
  ++home_->counts.slow_consumers;
  outbox_.clear_unbegun();
  begin_to_close(state::closing, close_code::policy_violation, "slow consumer: what was sent was not read in time");
  is_woken_ = true;
}

void connection::fail(const websocket::violation& broken) {
  if (state_ == state::open) {
    begin_to_close(state::finishing, broken.code, broken.why);
  } else {
    enter(state::finishing);  // nothing follows the close frame that we have sent (RFC 6455 §5.5.1)
  }
}

void connection::handle_close(close_code code, bytes why) {
  peer_has_closed_ = true;
  // On a server a million may leave at once, and nobody asks why.
  if (!why.empty() && home_->options.reader.role == role::client) rare().peer_reason = as_text(why);
  if (state_ == state::open) {
    begin_to_close(state::finishing, code, {});
  } else {
    enter(state::finishing);
  }
}

void connection::begin_to_close(state next, close_code code, std::string_view why) {
  code_ = code;
  const websocket::close_payload payload(code, why);
  enqueue_control(opcode::close, payload.view());
  enter(next);
}

void connection::enter(state next) {
  state_ = next;
  reactor::current().set_timeout(*this, home_->options.close_timeout);
  reactor::current().at_turn_end(*this);
}

// All is sent. A server that has the peer's close frame ends the transport; otherwise the peer is left the time to read
// what we said and to end it: closing with bytes unread would take our last words from it (RFC 6455 §7.1.1).
void connection::part() {
  const bool is_server = home_->options.reader.role == role::server;
  if (is_server && peer_has_closed_) {
    become_over();
    return;
  }
  if (!peer_has_closed_) stream_->finish();
  enter(state::lingering);
}

void connection::on_end(int code) {
  if (state_ == state::open) code_ = close_code::abnormal;
  if (code == 0) write_queued();  // it may have ended its own half alone, behind its close frame for one
  become_over();
}

void connection::abort() noexcept {
  if (state_ == state::over) return;
  if (state_ == state::open) code_ = close_code::abnormal;
  become_over();
}

void connection::become_over() {
  state_ = state::over;
  reactor::clear_timeout(*this);
  outbox_.clear();
  --home_->counts.live;
  --home_->counts.live_by[transport_];
  ++home_->counts.closed[static_cast<std::uint16_t>(code_)];
  stream_.reset();
  reactor::current().at_turn_end(*this);
  wake_sender();
  wake_receiver();
}

void connection::let_go() noexcept {
  is_held_ = false;
  if (state_ == state::finishing) write_queued();  // the echo of the peer's close frame, or which rule it broke
  abort();
  reactor::current().at_turn_end(*this);
}

// Who still waits when it is let go is not resumed, and may be destroyed later: it stays for that.
bool connection::is_awaited() const noexcept {
  return receiver_ || (extras_ && extras_->sender);
}

void connection::stop_receiving() noexcept {
  receiver_ = nullptr;
  if (state_ == state::over) reactor::current().at_turn_end(*this);
}

void connection::stop_sending(const void* awaiter) noexcept {
  if (!extras_ || extras_->sending != awaiter) return;
  extras_->sender = nullptr;
  extras_->sending = nullptr;
  drop_idle_extras();
  if (state_ == state::over) reactor::current().at_turn_end(*this);
}

void connection::on_finished(std::exception_ptr failure) noexcept {
  is_held_ = false;
  if (failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
      log::error("connection", "A handler failed and its connection is closed with 1011: {}", thrown.what());
    } catch (...) {
      log::error("connection", "A handler failed and its connection is closed with 1011");
    }
    close(close_code::internal_error, "the server's handler failed");
  } else {
    close();
  }
  reactor::current().at_turn_end(*this);
}

// ---- time ----

// How long the peer has taken nothing of what waits for it, as far as was seen when this was asked.
std::chrono::milliseconds connection::stalled() {
  using std::chrono::milliseconds;
  const bool moves = has_written_ || outbox_.empty();
  has_written_ = false;
  if (moves) {
    if (extras_) {
      extras_->stalled_since.reset();
      drop_idle_extras();
    }
    return milliseconds(0);
  }
  auto& since = rare().stalled_since;
  if (!since) since = coarse_now();
  return milliseconds(tick * static_cast<std::uint16_t>(coarse_now() - *since));
}

// One timer for each connection, and it is not moved when the peer speaks: when it expires it looks at how long the
// peer has been silent, and has read nothing, and is set for what is left. Who is paused cannot be heard, and may be
// silent; it is to read all the same.
void connection::keep_alive() {
  if (stream_->notices_silence()) return;
  const auto& options = home_->options;
  const std::chrono::milliseconds silent{tick * static_cast<std::uint16_t>(coarse_now() - heard_)};
  const bool gives_up = options.idle_timeout.count() > 0;
  const bool pings = options.ping_interval.count() > 0;
  if (!pings && !gives_up) return;
  const auto waited = gives_up ? std::max(stalled(), is_paused_ ? std::chrono::milliseconds(0) : silent) : silent;
  if (gives_up && waited >= options.idle_timeout) {
    ++home_->counts.idle;
    abort();
    return;
  }
  std::chrono::milliseconds next = pings ? options.ping_interval - silent : options.idle_timeout;
  if (pings && next.count() <= 0) {
    enqueue_control(opcode::ping, {});
    next = options.ping_interval;
  }
  if (gives_up) next = std::min(next, options.idle_timeout - waited);
  reactor::current().set_timeout(*this, std::max(next, std::chrono::milliseconds(1)));
}

void connection::on_timeout() {
  if (state_ == state::open) {
    keep_alive();
  } else {
    become_over();
  }
}

}  // namespace peregrine
