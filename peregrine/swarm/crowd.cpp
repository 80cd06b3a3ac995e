#include "peregrine/swarm/crowd.hpp"

#include <cassert>
#include <string>
#include <utility>

namespace peregrine::swarm {
namespace {

// Deliveries of one turn that share a reading of the clock: reading costs a tenth of what receiving does, and a hundred
// of them would already be told as having come up to 0.1 ms too early.
constexpr std::uint32_t deliveries_per_reading = 16;

}  // namespace

crowd::crowd(const voice& ours, std::uint32_t first, std::size_t active, callbacks told)
    : voice_(ours), told_(std::move(told)), first_(first), most_active_(active) {}

crowd::~crowd() {
  assert(live_ == 0);
}

void crowd::add(connection_ptr opened) {
  home_ = &opened->home();
  ++live_;
  if (next_ < most_active_) active_.push_back(opened.get());
  stay(std::move(opened), next_++).start(*this);
}

task<> crowd::stay(connection_ptr peer, std::uint32_t number) {
  std::uint32_t heard = 0;
  while (auto said = co_await peer->receive()) {
    if (const auto own = voice_.recognise(said->text())) hear(*own, number, heard);
  }
  lose(*peer, number, heard);
}

std::uint64_t crowd::now_of_delivery() noexcept {
  auto& loop = reactor::current();
  if (loop.turns() != turn_ || ++readings_ == deliveries_per_reading) {
    turn_ = loop.turns();
    readings_ = 0;
    now_ = loop.precise_now();
  }
  return now_;
}

void crowd::hear(const utterance& said, std::uint32_t number, std::uint32_t& heard) {
  if (said.what == utterance::kind::echo) {
    if (said.number == first_ + number && number < active_.size()) told_.own_echo(number, said.time);
    return;
  }
  if (said.number != broadcast_) return;  // an earlier one that came too late
  if (heard == broadcast_) {
    ++heard_.duplicates;
    return;
  }
  heard = broadcast_;
  ++heard_.delivered;
  const bool is_last = has_heard_all();
  const auto now = is_last ? reactor::current().precise_now() : now_of_delivery();
  heard_.latency.record((now - said.time) / 1000);
  heard_.last = now;
  if (is_last) told_.all_heard();
}

void crowd::lose(const connection& peer, std::uint32_t number, std::uint32_t heard) {
  --live_;
  if (number < active_.size()) {
    active_[number] = nullptr;
    told_.active_lost(number);
  }
  if (is_closing_) return;
  ++tally_.lost[std::to_string(static_cast<unsigned>(peer.code()))];
  if (broadcast_ == 0 || heard == broadcast_ || has_heard_all()) return;
  ++missed_;
  if (has_heard_all()) told_.all_heard();
}

void crowd::listen(std::uint32_t broadcast) {
  broadcast_ = broadcast;
  expected_ = live_;
  missed_ = 0;
  heard_ = {};
  turn_ = 0;  // the clock is read anew at the first delivery
}

std::uint64_t crowd::say(std::uint32_t broadcast, std::size_t size) {
  connection* speaker = nullptr;
  for_each([&](connection& each) {
    if (!speaker && each.is_open()) speaker = &each;
  });
  if (!speaker) return 0;
  const auto now = reactor::current().precise_now();
  // Not awaited: what `send` waits for is room for the next message, and there is none to come.
  speaker->send(message::text(voice_.say({utterance::kind::broadcast, broadcast, now}, size)));
  return now;
}

void crowd::close_all() {
  is_closing_ = true;
  for_each([](connection& each) { each.close(); });
}

void crowd::abort_all() {
  is_closing_ = true;
  for_each([](connection& each) { each.abort(); });
}

void crowd::for_each(const std::function<void(connection&)>& visit) {
  slab_allocated<connection>::home().for_each([&](void* object) {
    auto& each = *static_cast<connection*>(object);
    if (&each.home() == home_) visit(each);
  });
}

}  // namespace peregrine::swarm
