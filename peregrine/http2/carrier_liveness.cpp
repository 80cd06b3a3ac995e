// How a carrier notices that its peer is gone, or keeps it from sending, and gives up.
#include "peregrine/base/log.hpp"
#include "peregrine/http2/carrier.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace peregrine::http2 {

using namespace std::chrono_literals;

std::uint16_t carrier::coarse_second() noexcept {
  return static_cast<std::uint16_t>(reactor::current().now() / 1000);
}

// One timer and one PING for all of the streams.
void carrier::keep_alive() {
  const auto silent = std::chrono::milliseconds(reactor::current().now() - heard_);
  const bool pings = options_.ping_interval.count() > 0;
  const bool gives_up = options_.idle_timeout.count() > 0;
  std::chrono::milliseconds next = gives_up ? options_.idle_timeout - silent : 1h;
  if (gives_up && silent >= options_.idle_timeout) {
    if (streams() > 0 || is_going_away_) {
      become_over(ETIMEDOUT, "the peer was silent for too long");
      return;
    }
    go_away();
    next = options_.idle_timeout;  // for it to be sent
  }
  if (pings) {
    if (silent >= options_.ping_interval) {
      if (streams() > 0) session_.ping();  // else it may leave
      touch();
      next = std::min(next, options_.ping_interval);
    } else {
      next = std::min(next, options_.ping_interval - silent);
    }
  }
  reactor::current().set_timeout(*this, std::max(next, 1ms));
}

// Nothing was read of what is unsent for too long.
bool carrier::gives_up_on_unsent() {
  if (unsent_since_ == 0 || reactor::current().now() - unsent_since_ < patience()) return false;
  become_over(ETIMEDOUT, "the peer did not read what was sent");
  return true;
}

// The windows were found to hold something back each time that we looked, for too long.
bool carrier::gives_up_on_held() {
  const auto now = reactor::current().now();
  if (!session_.is_holding()) {
    held_since_ = 0;
  } else if (held_since_ == 0) {
    held_since_ = now;
  } else if (now - held_since_ >= patience()) {
    session_.terminate(error_code::enhance_your_calm, "windows were held at zero while a response waited");
    return true;
  }
  return false;
}

// A stream that could not write for too long is ended, or all of them if it is the connection that is stuck.
bool carrier::gives_up_on_blocked() {
  if (unsent_since_ != 0) return false;  // slow, but it goes on
  std::vector<stream*> stuck;
  for (auto* each : blocked_) {
    const auto waited = static_cast<std::uint16_t>(coarse_second() - each->blocked_at_);
    if (waited >= patience() / 1000) stuck.push_back(each);
  }
  if (stuck.empty()) return false;
  if (session_.is_window_shut()) {
    session_.terminate(error_code::enhance_your_calm, "the connection's window was held at zero");
    return true;
  }
  for (auto* each : stuck) {
    if (each->home_) give_up(*each);  // else it was closed when another was given up
  }
  return is_over_;
}

void carrier::give_up(stream& stuck) {
  log::debug("http2", {{"peer", stuck.peer()}}, "Ended {}: its window was held at zero", stuck.peer());
  session_.reset(stuck, error_code::enhance_your_calm);
  remove(stuck);
  stuck.end(ETIMEDOUT);
  touch();
}

void carrier::on_timeout() {
  if (is_over_) return;
  if (!session_.failure().empty()) {
    become_over(ECONNRESET, session_.failure());
    return;
  }
  bool gives_up = false;
  if (!session_.has_peer_settings()) {
    session_.terminate(error_code::settings_timeout, "the peer's SETTINGS did not come in time");
    gives_up = true;
  } else if (options_.idle_timeout.count() > 0) {
    gives_up = gives_up_on_unsent() || gives_up_on_held() || gives_up_on_blocked();
  }
  if (is_over_) return;
  if (gives_up) {
    touch();
    reactor::current().set_timeout(*this, options_.settings_timeout);  // for the reason to be sent
  } else {
    keep_alive();
  }
}

}  // namespace peregrine::http2
