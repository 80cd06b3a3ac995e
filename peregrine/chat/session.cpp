#include "peregrine/chat/session.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <fmt/format.h>

#include <utility>

namespace peregrine::chat {

using websocket::close_code;

void session::start() {
  work_.spawn(stay());
}

task<> session::stay() {
  while (true) {
    auto tried = co_await world_.dial();
    std::string why_away;
    std::optional<backoff::duration> asked;
    if (tried.opened) {
      was_in_ = true;
      peer_ = tried.opened.get();
      log::info("chat", "In the room, at {}, over {}", peer_->peer(), peer_->is_http2() ? "HTTP/2" : "HTTP/1.1");
      const auto came = reactor::current().now();
      {
        scope speaking;
        speaking.spawn(speak(*peer_));
        while (const auto* said = co_await peer_->receive()) world_.hear(*said);
      }
      speaker_ = nullptr;
      if (is_leaving_) {
        end(peer_->peer_has_closed() ? unless_unsent("left")
                                     : failure{"the connection ended before the server answered our close, so that the "
                                               "last lines may not have arrived"});
        co_return;
      }
      // Whoever ends a conversation on purpose says 1000, or nothing.
      if (peer_->code() == close_code::normal || peer_->code() == close_code::no_status) {
        log::info("chat", "The server closed the conversation");
        end(unless_unsent("the server closed the conversation"));
        co_return;
      }
      why_away = describe_loss(*peer_);
      if (peer_->code() == close_code::service_restart || peer_->code() == close_code::try_again_later) {
        asked = asked_wait(peer_->peer_reason());
      }
      peer_ = nullptr;
      if (has_said_all_ && kept_.empty()) {
        end(failure{why_away + ", so that the last lines may not have arrived"});
        co_return;
      }
      if (reactor::current().now() - came >= static_cast<std::uint64_t>(steady.count())) world_.retry.reset();
    } else {
      why_away = tried.failure->message;
      if (!was_in_) {
        end(failure{why_away, tried.failure->code});
        co_return;
      }
    }
    const auto wait = asked ? *asked : world_.retry.next();
    log::warning("chat", "{}; trying again in {}", why_away, print_duration(wait));
    co_await reactor::current().sleep(wait);
  }
}

auto session::something_to_say() noexcept {
  struct awaiter {
    session& self;
    bool await_ready() const noexcept { return !self.kept_.empty() || self.has_said_all_; }
    void await_suspend(std::coroutine_handle<> waiter) const noexcept { self.speaker_ = waiter; }
    void await_resume() const noexcept {}
  };
  return awaiter{*this};
}

task<> session::speak(connection& peer) {
  while (true) {
    co_await something_to_say();
    if (!peer.is_open()) co_return;
    if (kept_.empty()) break;
    const bool had_room = has_room();
    const auto next = std::move(kept_.front());
    kept_.pop_front();
    kept_size_ -= next.size();
    if (!had_room && has_room()) world_.want_more();
    co_await peer.send(message::text(next));
  }
  is_leaving_ = true;
  peer.close();
}

void session::wake_speaker() {
  if (speaker_) std::exchange(speaker_, nullptr).resume();
}

void session::say(std::string message) {
  if (!peer_ && was_in_ && kept_.empty()) log::info("chat", "Kept, to be sent on return");
  kept_size_ += message.size();
  kept_.push_back(std::move(message));
  wake_speaker();
}

void session::end_of_speech() {
  has_said_all_ = true;
  if (was_in_ && !peer_ && kept_.empty()) {
    work_.cancel();
    end({});
    return;
  }
  wake_speaker();
}

void session::leave() {
  if (outcome_) return;
  if (peer_ && !is_leaving_) {
    is_leaving_ = true;
    peer_->close();
    return;
  }
  const bool was_closing = peer_ != nullptr;
  peer_ = nullptr;
  work_.cancel();
  if (was_closing) {
    end(failure{"left without waiting for the server, so that the last lines may not have arrived"});
  } else {
    end(unless_unsent("left"));
  }
}

result<> session::unless_unsent(std::string_view what) const {
  if (kept_.empty()) return {};
  return failure{
      fmt::format("{} with {} unsent", what, kept_.size() == 1 ? "a line" : fmt::format("{} lines", kept_.size()))};
}

void session::end(result<> how) {
  peer_ = nullptr;
  outcome_ = std::move(how);
  world_.tell_end();
}

std::string session::describe_loss(const connection& peer) {
  switch (peer.code()) {
    case close_code::abnormal:
      return "The connection broke";
    case close_code::message_too_big:
      return "The server closed the connection with 1009: a line was too long for it, and is lost";
    default:
      return fmt::format("The server closed the connection with {}", static_cast<unsigned>(peer.code()));
  }
}

}  // namespace peregrine::chat
