#include "peregrine/http2/carrier.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace peregrine::http2 {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t flush_size = std::size_t{64} * 1024;     // bytes: so many are not gathered further
constexpr std::size_t high_water = std::size_t{256} * 1024;    // unsent bytes above which streams have to wait
constexpr std::size_t most_unsent = std::size_t{1024} * 1024;  // above which a peer that asks is not heard either
constexpr auto lingering = 1s;
constexpr std::size_t longest_farewell = 200;  // bytes of a peer's text that are kept and logged

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
  if (is_over_ || is_lingering_) return;
  heard_ = reactor::current().now();
  const bool had_settings = session_.has_peer_settings();
  session_.feed(lent, heard_);
  if (is_over_) return;
  if (!had_settings && session_.has_peer_settings()) keep_alive();
  settle();
  // A turn may bring much more to be answered than may be unsent.
  if (!is_over_ && is_reading_ && session_.output().size() >= most_unsent) {
    flush();
    govern_reading();
  }
  touch();
}

void carrier::on_end(int code) {
  const auto what = session_.has_peer_settings() ? attempt::transfer : attempt::connect;
  become_over(code == 0 ? ECONNRESET : code, code == 0 ? "the peer ended the connection" : explain(code, what));
}

void carrier::on_writable() {
  flush();
  touch();
}

// ---- from the session, while it is fed ----

// One of these calls may have led to `abort`: then the session goes on for streams that are gone.

void carrier::on_request(stream_id id, const request_head& asked, bool) {
  if (is_over_) return;
  host_.on_request(*this, id, asked);
}

void carrier::on_response(tunnel& of, int status, fields head, bool) {
  auto& answered = stream_of(of);
  if (is_over_ || !answered.is_opening_) return;
  answered.is_opening_ = false;
  static_cast<suitor*>(answered.owner_)->on_response(status, head);
}

void carrier::on_data(tunnel& from, mutable_bytes lent) {
  if (!is_over_) stream_of(from).deliver(lent);
}

void carrier::on_end(tunnel& of) {
  if (!is_over_) ending_.push_back(&stream_of(of));
}

void carrier::on_closed(tunnel& gone, error_code why) {
  if (is_over_) return;
  auto& closed = stream_of(gone);
  // Both halves ended, or it was reset: then what was left unread is lost.
  closed.was_reset_ = !closed.peer_has_ended;
  if (closed.was_reset_) host_.on_reset(*this);
  closed.was_refused_ = why == error_code::refused_stream;
  remove(closed);
  ending_.push_back(&closed);
  has_news_ = true;
  touch();  // it comes outside of `feed` when an end of ours is the second
}

void carrier::on_window(tunnel* of) {
  if (!of) {
    wakes_all_ = true;
  } else if (auto& opened = stream_of(*of); !is_over_ && opened.is_blocked_) {
    waking_.push_back(&opened);
    touch();
  }
}

void carrier::on_settings(std::int64_t window_change) {
  has_news_ = true;
  if (window_change == 0) return;
  for (auto* each : session_.tunnels().all()) session_.change_window(*each, window_change);
}

void carrier::on_going_away(stream_id, error_code why, std::string_view text) {
  is_going_away_ = true;
  has_news_ = true;
  if (why == error_code::no_error || farewell_) return;  // a peer may say it again and again
  text = text.substr(0, longest_farewell);
  farewell_ =
      std::make_unique<std::string>(fmt::format("the peer ends the HTTP/2 connection: {} {}", name_of(why), text));
  // Whom it carries nothing for hears of it as the host.
  if (streams() == 0) return;
  log::warning("http2", {{"peer", peer()}}, "{} ends the HTTP/2 connection: {} {}", peer(), name_of(why), text);
}

// What had to wait until the session had done with what it was fed.
void carrier::settle() {
  // Streams destroy themselves at the end of the turn, so that all of these are still there.
  for (auto* each : std::exchange(ending_, {})) {
    if (each->was_reset_) {
      each->end(each->was_refused_ ? ECONNREFUSED : ECONNRESET);
    } else if (!each->is_paused_) {
      each->end(0);
    } else if (!each->home_ && !each->has_ended_) {
      // Its end is told when it resumes. Whoever waits to write would not come to that.
      each->owner_->on_writable();
    }
  }
  for (auto* each : std::exchange(waking_, {})) {
    if (std::erase(blocked_, each) > 0) wake(*each);
  }
  if (std::exchange(wakes_all_, false)) wake_blocked();
}

// Those for whom there is no room any more are the first next time, so that each has its turn.
void carrier::wake_blocked() {
  auto waiting = std::exchange(blocked_, {});
  auto next = waiting.begin();
  for (; next != waiting.end() && session_.output().size() < high_water && !session_.is_window_shut(); ++next) {
    if ((*next)->is_blocked_) wake(**next);  // else it was closed by one that woke before it
  }
  if (next == waiting.end()) return;
  if (!session_.is_window_shut()) is_backed_up_ = true;
  waiting.erase(waiting.begin(), next);
  std::erase_if(waiting, [](const stream* each) { return !each->is_blocked_; });
  blocked_.insert(blocked_.begin(), waiting.begin(), waiting.end());
}

void carrier::wake(stream& held) {
  held.is_blocked_ = false;
  if (!held.has_ended_) held.owner_->on_writable();
}

// ---- from the streams ----

std::size_t carrier::write(stream& from, std::span<const bytes> pieces) {
  if (session_.output().size() >= high_water) flush();
  const auto room = high_water - std::min(high_water, session_.output().size());
  const auto taken = room > 0 ? session_.write(from, pieces, room) : 0;
  if (session_.output().size() >= flush_size) flush();
  touch();
  std::size_t offered = 0;
  for (const auto& piece : pieces) offered += piece.size();
  if (taken > 0) from.is_starved_ = false;
  if (taken < offered) block(from);
  if (taken == room) is_backed_up_ = true;
  return taken;
}

void carrier::block(stream& held) {
  if (!held.is_starved_) held.blocked_at_ = coarse_second();
  held.is_starved_ = true;
  if (held.is_blocked_) return;
  held.is_blocked_ = true;
  blocked_.push_back(&held);
}

void carrier::finish(stream& of) {
  of.has_finished_ = true;
  session_.finish(of);
  touch();
}

void carrier::part(stream& from) {
  session_.part(from);
  remove(from);
  has_news_ = true;
  touch();
}

void carrier::consume(stream& of) {
  if (of.unread == 0) return;
  session_.consume(of, of.unread);
  touch();
}

// The session knows nothing of it any more.
void carrier::remove(stream& gone) noexcept {
  if (gone.is_blocked_) std::erase(blocked_, &gone);
  gone.is_blocked_ = false;
  gone.home_ = nullptr;
}

// ---- opening streams ----

stream_ptr carrier::accept(stream_id id, fields extra) {
  auto* made = new stream(*this);
  if (session_.is_open(id)) {
    session_.accept(id, extra, *made);
  } else {  // the peer did not wait
    made->was_reset_ = true;
    remove(*made);
    ending_.push_back(made);
  }
  touch();
  return stream_ptr(made);
}

void carrier::respond(stream_id id, int status, fields extra, bytes body, bool hears_out) {
  session_.respond(id, status, extra, body, hears_out);
  touch();
}

stream_ptr carrier::hear(stream_id id) {
  auto* made = new stream(*this);
  session_.hear(id, *made);
  return stream_ptr(made);
}

void carrier::respond(stream_ptr heard, int status, fields extra, bytes body) {
  auto& of = static_cast<stream&>(*heard);
  if (!of.home_) return;  // the peer did not wait
  remove(of);
  session_.respond(of.id, status, extra, body, true);
  touch();
}

std::size_t carrier::room(std::size_t most) const noexcept {
  if (!is_ready() || is_going_away_ || is_lingering_ || !session_.failure().empty()) return 0;
  const auto limit = std::min<std::size_t>({most, session_.peer_max_streams(), 0xffff});
  return limit - std::min(limit, streams());
}

stream_ptr carrier::connect(const request_head& asked, suitor& waiting) {
  auto* made = new stream(*this);
  made->attach(waiting);
  made->is_opening_ = true;
  const bool is_asked = session_.connect(asked, *made);
  touch();
  if (is_asked) return stream_ptr(made);
  is_going_away_ = true;
  remove(*made);
  made->close();
  return nullptr;
}

// ---- the end of a turn ----

void carrier::flush() {
  auto& output = session_.output();
  if (!output.empty() && below_) {
    const bytes all = output.view();
    const auto taken = below_->write({&all, 1});
    output.drop(taken);
    if (output.empty()) {
      unsent_since_ = 0;
    } else if (taken > 0 || unsent_since_ == 0) {
      unsent_since_ = reactor::current().now();
    }
  }
  if (is_backed_up_ && output.size() <= high_water / 2) {
    is_backed_up_ = false;
    wakes_all_ = true;
    touch();
  }
}

// Who asks and does not read the answers is not heard until it does. What streams write alone does not come to so much,
// so that two who have much to tell each other go on reading.
void carrier::govern_reading() {
  const bool reads = session_.output().size() < most_unsent;
  if (reads == is_reading_) return;
  is_reading_ = reads;
  if (reads) {
    below_->resume();
  } else {
    below_->pause();
  }
}

void carrier::on_turn() {
  if (is_over_) {
    delete this;
    return;
  }
  if (is_lingering_) return;
  settle();
  if (std::exchange(has_news_, false)) host_.on_room(*this);
  flush();
  if (is_over_) return;
  if (!is_done()) {
    govern_reading();
  } else if (session_.output().empty()) {
    if (session_.failure().empty()) {
      become_over(ECONNRESET, "the connection was ended in good order");
    } else {
      linger();
    }
  }
}

bool carrier::is_done() const noexcept {
  return session_.has_ended() || (is_going_away_ && streams() == 0 && !session_.is_holding());
}

// The peer shall hear why: were the connection closed while it goes on sending, it would lose what it has not read.
void carrier::linger() {
  is_lingering_ = true;
  tell_failure();
  end_streams(ECONNRESET);
  below_->finish();
  below_->pause();
  reactor::current().set_timeout(*this, lingering);
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
  if (!is_lingering_) tell_failure();
  reactor::clear_timeout(*this);
  end_streams(code);
  host_.on_over(*this, code, !session_.failure().empty() ? session_.failure() : farewell_ ? *farewell_ : why);
  below_.reset();
  touch();
}

void carrier::tell_failure() const {
  if (session_.failure().empty()) return;
  log::warning("http2", {{"peer", peer()}}, "Ended the HTTP/2 connection of {}: {}", peer(), session_.failure());
}

void carrier::end_streams(int code) {
  for (auto* each : session_.tunnels().all()) {
    auto& ended = stream_of(*each);
    if (!ended.home_) continue;  // closed by one that ended before it
    session_.forget(ended.id);
    remove(ended);
    ended.end(code);
  }
}

}  // namespace peregrine::http2
