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
    if (!plan_.rate) speakers_[i].owed = 1;
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
  if (!plan_.rate && now < end_) {
    ++self.owed;
    wake(self);
  }
  check_done();
}

void echo::lose(std::size_t member) {
  auto& self = speakers_[member];
  self.peer = nullptr;
  under_way_ -= std::exchange(self.under_way, 0);
  wake(self);
  check_done();
}

void echo::on_alarm() {
  const auto now = reactor::current().precise_now();
  if (now >= end_) {
    end();
    return;
  }
  if (!plan_.rate || speakers_.empty()) {
    alarm_.set(end_);
    return;
  }
  while (due(message_) <= now) {
    auto& next = speakers_[message_++ % speakers_.size()];
    ++next.owed;
    wake(next);
  }
  alarm_.set(std::min(due(message_), end_));
}

void echo::end() {
  is_over_ = true;
  tally_.ended = reactor::current().precise_now();
  for (auto& each : speakers_) wake(each);
  check_done();
}

void echo::check_done() {
  if (!is_over_ || under_way_ > 0 || is_done_) return;
  is_done_ = true;
  done_();
}

}  // namespace peregrine::swarm
