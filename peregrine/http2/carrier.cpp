#include "peregrine/http2/carrier.hpp"

#include "peregrine/base/log.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace peregrine::http2 {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t flush_size = std::size_t{64} * 1024;   // bytes: so many are not gathered further
constexpr std::size_t high_water = std::size_t{256} * 1024;  // unsent bytes above which streams have to wait

std::uint16_t coarse_second() noexcept {
  return static_cast<std::uint16_t>(reactor::current().now() / 1000);
}

}  // namespace

carrier::carrier(stream_ptr below, side ours, const carrier_options& options, host& told)
    : below_(std::move(below)),
      options_(options),
      host_(told),
      session_(ours, options.session, *this),
      heard_(reactor::current().now()) {
  below_->attach(*this);
  reactor::current().set_timeout(*this, options.settings_timeout);
  touch();
}

// ---- from below ----

void carrier::on_bytes(mutable_bytes lent) {
  if (is_over_) return;
  heard_ = reactor::current().now();
  const bool had_settings = session_.has_peer_settings();
  session_.feed(lent, heard_);
  if (!had_settings && session_.has_peer_settings()) keep_alive();
  settle();
  touch();
}

void carrier::on_end(int code) {
  become_over(code == 0 ? ECONNRESET : code, "the peer ended the connection");
}

void carrier::on_writable() {
  flush();
  if (session_.output().empty()) wake_blocked();
}

// ---- from the session, while it is fed ----

void carrier::on_request(stream_id id, const request_head& asked, bool) {
  host_.on_request(*this, id, asked);
}

void carrier::on_response(stream_id, void* user, int status, fields head, bool) {
  auto& answered = *static_cast<stream*>(user);
  if (!answered.is_opening_) return;
  answered.is_opening_ = false;
  static_cast<suitor*>(answered.owner_)->on_response(status, head);
}

void carrier::on_data(stream_id id, void* user, mutable_bytes lent) {
  auto& to = *static_cast<stream*>(user);
  if (to.is_opening_) {  // the body of a refusal
    session_.consume(id, lent.size());
  } else {
    to.deliver(lent);
  }
}

void carrier::on_end(stream_id, void* user) {
  auto& ended = *static_cast<stream*>(user);
  ended.peer_has_ended_ = true;
  ending_.push_back(&ended);
}

void carrier::on_closed(stream_id, void* user, error_code why) {
  auto& closed = *static_cast<stream*>(user);
  // Both halves ended, or it was reset: then what was left unread is lost.
  closed.was_reset_ = !closed.peer_has_ended_;
  closed.was_refused_ = why == error_code::refused_stream;
  remove(closed);
  ending_.push_back(&closed);
}

void carrier::on_window(stream_id id, void* user) {
  if (id == 0) {
    wakes_all_ = true;
  } else if (auto& opened = *static_cast<stream*>(user); opened.is_blocked_) {
    waking_.push_back(&opened);
  }
}

void carrier::on_going_away(stream_id, error_code why, std::string_view text) {
  is_going_away_ = true;
  has_news_ = true;
  if (why != error_code::no_error) {
    log::warning("http2", {{"peer", peer()}}, "{} ends the HTTP/2 connection: {} {}", peer(), name_of(why), text);
  }
}

// What had to wait until the session had done with what it was fed.
void carrier::settle() {
  // Streams destroy themselves at the end of the turn, so that all of these are still there.
  const auto ended = std::exchange(ending_, {});
  for (auto* each : ended) {
    if (each->was_reset_) {
      each->end(each->was_refused_ ? ECONNREFUSED : ECONNRESET);
    } else if (!each->is_paused_) {
      each->end(0);
    }
  }
  for (auto* each : std::exchange(waking_, {})) {
    if (std::erase(blocked_, each) > 0) wake(*each);
  }
  if (std::exchange(wakes_all_, false)) wake_blocked();
}

void carrier::wake_blocked() {
  for (auto* each : std::exchange(blocked_, {})) {
    if (each->is_blocked_) wake(*each);  // else it was closed by one that woke before it
  }
}

void carrier::wake(stream& held) {
  held.is_blocked_ = false;
  if (!held.has_ended_) held.owner_->on_writable();
}

// ---- from the streams ----

std::size_t carrier::write(stream& from, std::span<const bytes> pieces) {
  std::size_t taken = 0;
  if (session_.output().size() < high_water) taken = session_.write(from.id_, pieces);
  if (session_.output().size() >= flush_size) flush();
  touch();
  std::size_t offered = 0;
  for (const auto& piece : pieces) offered += piece.size();
  if (taken > 0) from.blocked_at_ = coarse_second();
  if (taken < offered) block(from);
  return taken;
}

void carrier::block(stream& held) {
  if (held.is_blocked_) return;
  held.is_blocked_ = true;
  held.blocked_at_ = coarse_second();
  blocked_.push_back(&held);
}

void carrier::finish(stream& of) {
  of.has_finished_ = true;
  session_.finish(of.id_);
  touch();
}

void carrier::part(stream& from) {
  session_.part(from.id_);
  remove(from);
  has_news_ = true;
  touch();
}

void carrier::consume(stream& of, std::size_t size) {
  session_.consume(of.id_, size);
  if (!session_.is_feeding()) touch();
}

void carrier::add(stream& made) {
  made.slot_ = static_cast<std::uint16_t>(streams_.size());
  streams_.push_back(&made);
}

void carrier::remove(stream& gone) noexcept {
  auto* last = streams_.back();
  streams_[gone.slot_] = last;
  last->slot_ = gone.slot_;
  streams_.pop_back();
  if (gone.is_blocked_) std::erase(blocked_, &gone);
  gone.is_blocked_ = false;
  gone.home_ = nullptr;
}

// ---- opening streams ----

stream_ptr carrier::accept(stream_id id, fields extra) {
  auto* made = new stream(*this);
  made->id_ = id;
  add(*made);
  session_.accept(id, extra, static_cast<void*>(made));
  touch();
  return stream_ptr(made);
}

void carrier::respond(stream_id id, int status, fields extra, bytes body) {
  session_.respond(id, status, extra, body);
  touch();
}

std::size_t carrier::room(std::size_t most) const noexcept {
  if (!is_ready() || is_going_away_) return 0;
  const auto limit = std::min<std::size_t>({most, session_.peer_max_streams(), 0xffff});
  return limit - std::min(limit, streams_.size());
}

stream_ptr carrier::connect(const request_head& asked, suitor& waiting) {
  auto* made = new stream(*this);
  made->attach(waiting);
  made->is_opening_ = true;
  add(*made);
  made->id_ = session_.connect(asked, static_cast<void*>(made));
  touch();
  if (made->id_ != 0) return stream_ptr(made);
  is_going_away_ = true;
  remove(*made);
  made->close();
  return nullptr;
}

// ---- the end of a turn ----

void carrier::flush() {
  auto& output = session_.output();
  if (output.empty() || !below_) return;
  const bytes all = output.view();
  output.drop(below_->write({&all, 1}));
}

void carrier::on_turn() {
  if (is_over_) {
    delete this;
    return;
  }
  if (std::exchange(has_news_, false)) host_.on_room(*this);
  flush();
  const bool is_done = session_.has_ended() || (is_going_away_ && streams_.empty());
  if (is_done && session_.output().empty()) become_over(ECONNRESET, session_.failure());
}

void carrier::go_away() {
  if (std::exchange(is_going_away_, true)) return;
  session_.go_away();
  touch();
}

void carrier::abort() {
  become_over(ECONNRESET, "the connection was given up");
}

void carrier::become_over(int code, const std::string& why) {
  if (std::exchange(is_over_, true)) return;
  if (!session_.failure().empty()) {
    log::warning("http2", {{"peer", peer()}}, "Ended the HTTP/2 connection of {}: {}", peer(), session_.failure());
  }
  reactor::clear_timeout(*this);
  while (!streams_.empty()) {
    auto& last = *streams_.back();
    remove(last);
    last.end(code);
  }
  host_.on_over(*this, code, session_.failure().empty() ? why : session_.failure());
  below_.reset();
  touch();
}

// ---- time ----

// One timer and one PING for all of the streams.
void carrier::keep_alive() {
  const auto silent = std::chrono::milliseconds(reactor::current().now() - heard_);
  const bool pings = options_.ping_interval.count() > 0 && !streams_.empty();
  const bool gives_up = options_.idle_timeout.count() > 0;
  if (gives_up && silent >= options_.idle_timeout) {
    if (streams_.empty()) {
      go_away();
    } else {
      become_over(ETIMEDOUT, "the peer was silent for too long");
    }
    return;
  }
  std::chrono::milliseconds next = gives_up ? options_.idle_timeout - silent : 1h;
  if (pings) {
    if (silent >= options_.ping_interval) {
      session_.ping();
      touch();
      next = std::min(next, options_.ping_interval);
    } else {
      next = std::min(next, options_.ping_interval - silent);
    }
  }
  reactor::current().set_timeout(*this, std::max(next, 1ms));
}

// A stream that could not write for so long is ended, or all of them if it is the connection that is stuck.
bool carrier::gives_up_on_blocked() {
  if (options_.idle_timeout.count() <= 0) return false;
  const auto patience = options_.idle_timeout / 1s;
  std::vector<stream*> stuck;
  for (auto* each : blocked_) {
    if (static_cast<std::uint16_t>(coarse_second() - each->blocked_at_) >= patience) stuck.push_back(each);
  }
  if (stuck.empty()) return false;
  if (!session_.output().empty()) {
    become_over(ETIMEDOUT, "the peer did not read what was sent");
    return true;
  }
  if (session_.is_window_shut()) {
    session_.terminate(error_code::enhance_your_calm, "the connection's window was held at zero");
    touch();
    return true;
  }
  for (auto* each : stuck) give_up(*each);
  return false;
}

void carrier::give_up(stream& stuck) {
  log::debug("http2", {{"peer", stuck.peer()}}, "Ended {}: its window was held at zero", stuck.peer());
  session_.reset(stuck.id_, error_code::enhance_your_calm);
  remove(stuck);
  stuck.end(ETIMEDOUT);
  touch();
}

void carrier::on_timeout() {
  if (is_over_) return;
  if (!session_.has_peer_settings()) {
    session_.terminate(error_code::settings_timeout, "the peer's SETTINGS did not come in time");
    touch();
    return;
  }
  if (!gives_up_on_blocked()) keep_alive();
}

}  // namespace peregrine::http2
