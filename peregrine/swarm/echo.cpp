#include "peregrine/swarm/echo.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace peregrine::swarm {

echo::echo(const voice& ours, const echo_plan& plan, const std::vector<connection*>& members,
           std::function<void()> done)
    : voice_(ours), plan_(plan), done_(std::move(done)), speakers_(members.size()), alarm_([this] { on_alarm(); }) {
  for (std::size_t i = 0; i < members.size(); ++i) speakers_[i].peer = members[i];
}

// When the message of that number is meant to leave.
std::uint64_t echo::due(std::uint64_t message) const noexcept {
  return tally_.began + static_cast<std::uint64_t>(static_cast<double>(message) * 1e9 / *plan_.rate);
}

void echo::start() {
  tally_.began = reactor::current().precise_now();
  end_ = tally_.began + static_cast<std::uint64_t>(plan_.length.count());
  for (std::size_t i = 0; i < speakers_.size(); ++i) {
    if (!speakers_[i].peer) continue;
    if (!plan_.rate) owe(speakers_[i]);
    speak(i).start(*this);
  }
  on_alarm();
}

task<> echo::speak(std::size_t member) {
  auto& self = speakers_[member];
  for (std::uint64_t sent = 0;; ++sent) {
    const bool may_speak = co_await its_turn(self);
    if (!may_speak) co_return;
    --self.owed;
    --owed_;
    const auto meant_for = plan_.rate ? due(member + sent * speakers_.size()) : reactor::current().precise_now();
    const auto number = plan_.first + static_cast<std::uint32_t>(member);
    const auto said = voice_.say({utterance::kind::echo, number, meant_for}, plan_.size);
    ++tally_.sent;
    ++self.under_way;
    ++under_way_;
    const bool is_open = co_await self.peer->send(message::text(said));
    if (!is_open) co_return;
  }
}

// It is to say one more, when it can.
void echo::owe(speaker& each) {
  ++each.owed;
  ++owed_;
  wake(each);
}

void echo::wake(speaker& each) {
  if (each.waiter) std::exchange(each.waiter, nullptr).resume();
}

void echo::hear(std::size_t member, std::uint64_t time) {
  auto& self = speakers_[member];
  if (self.under_way == 0) return;  // twice the same
  --self.under_way;
  --under_way_;
  const auto now = reactor::current().precise_now();
  ++tally_.received;
  tally_.latency.record((now - std::min(now, time)) / 1000);
  if (!plan_.rate && !is_over_) owe(self);
  check_done();
}

void echo::lose(std::size_t member) {
  auto& self = speakers_[member];
  self.peer = nullptr;
  under_way_ -= std::exchange(self.under_way, 0);
  unsaid_ += self.owed;
  owed_ -= std::exchange(self.owed, 0);
  wake(self);
  check_done();
}

void echo::on_alarm() {
  const auto now = reactor::current().precise_now();
  auto next = end_;
  if (plan_.rate && !speakers_.empty()) {
    // Also what fell due shortly before the end is said, though the alarm rings after it.
    for (; due(message_) < end_ && due(message_) <= now; ++message_) {
      auto& each = speakers_[message_ % speakers_.size()];
      if (each.peer) {
        owe(each);
      } else {
        ++unsaid_;
      }
    }
    next = std::min(due(message_), end_);
  }
  if (now < end_) {
    alarm_.set(next);
  } else {
    end();
  }
}

void echo::end() {
  is_over_ = true;
  tally_.ended = reactor::current().precise_now();
  for (auto& each : speakers_) wake(each);
  check_done();
}

echo_tally echo::tally() const {
  auto told = tally_;
  told.sent += owed_ + unsaid_;
  return told;
}

void echo::check_done() {
  if (!is_over_ || under_way_ > 0 || owed_ > 0 || is_done_) return;
  is_done_ = true;
  done_();
}

}  // namespace peregrine::swarm
