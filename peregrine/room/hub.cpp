#include "peregrine/room/hub.hpp"

#include "peregrine/websocket/writer.hpp"

#include <cassert>
#include <utility>

namespace peregrine {

seat::~seat() {
  room_->home().leave(*room_, slot_);
}

void seat::take(const message& said) {
  room_->home().take(*room_, said);
}

void seat::withdraw(room& from, const void* awaiter) noexcept {
  from.home().withdraw(from, awaiter);
}

const std::string& seat::room_name() const noexcept {
  return room_->name();
}

std::size_t seat::members() const noexcept {
  return room_->members();
}

hub::~hub() {
  assert(rooms_.empty() && "members outlive their hub");
}

room* hub::find(std::string_view name) const noexcept {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : found->second.get();
}

seat hub::join(std::string_view name, connection& peer) {
  room* joined = find(name);
  if (!joined) {
    joined = rooms_.emplace(name, std::make_unique<room>(*this, std::string(name))).first->second.get();
    broker_->subscribe(name);
  }
  return seat(*joined, joined->join(peer));
}

void hub::leave(room& left, std::uint32_t slot) noexcept {
  left.leave(slot);
  if (left.members() > 0) return;
  broker_->unsubscribe(left.name());
  rooms_.erase(left.name());
}

void hub::take(room& where, const message& said) {
  ++published_;
  switch (broker_->publish(where.name(), said)) {
    case broker::carried::nowhere:
      where.take(said);
      enliven(where);
      break;
    case broker::carried::away:
      break;
    case broker::carried::slowly:
      if (where.is_held(room::hold::on_the_way)) break;
      where.set_hold(room::hold::on_the_way, true);
      held_.push_back(where.name());
      break;
  }
}

bool hub::publish(std::string_view name, const message& said) {
  room* const where = find(name);
  if (is_full_ || (where && where->is_congested())) return false;
  ++published_;
  switch (broker_->publish(name, said)) {
    case broker::carried::nowhere:
      if (where) {
        where->take(said);
        enliven(*where);
      } else if (const auto ear = listening_.find(name); ear != listening_.end()) {
        ear->second(said.payload());
      }
      break;
    case broker::carried::away:
      break;
    case broker::carried::slowly:
      is_full_ = true;
      break;
  }
  return true;
}

void hub::listen(std::string name, std::function<void(bytes)> heard) {
  const auto& told = *listening_.emplace(std::move(name), std::move(heard)).first;
  broker_->subscribe(told.first);
}

void hub::enliven(room& where) {
  if (!where.is_linked()) active_.push_back(where);
  reactor::current().at_turn_end(*this);
}

// ---- what the broker says ----

void hub::on_message(std::string_view name, bytes frame) {
  room* const where = find(name);
  if (!where) {
    if (const auto ear = listening_.find(name); ear != listening_.end()) {
      ear->second(frame.last(websocket::payload_size_of_server_frame(frame)));
    }
    return;  // the last one left while it was on its way
  }
  where->take(frame);
  enliven(*where);
  report(*where);
}

void hub::on_congestion(std::string_view name, bool is_congested) {
  room* const where = find(name);
  if (!where) return;
  if (is_congested) {
    where->set_hold(room::hold::elsewhere, true);
  } else {
    release(*where, room::hold::elsewhere);
  }
}

void hub::on_drained() {
  is_full_ = false;
  for (const auto& name : std::exchange(held_, {})) {
    if (room* const where = find(name)) release(*where, room::hold::on_the_way);
  }
}

void hub::on_lost_touch() {
  for (const auto& [name, each] : rooms_) release(*each, room::hold::elsewhere);
}

// Whoever waits goes on when its room's turn has come.
void hub::release(room& where, room::hold why) {
  if (!where.is_held(why)) return;
  where.set_hold(why, false);
  enliven(where);
}

// Its coroutine is being destroyed.
void hub::withdraw(room& from, const void* awaiter) noexcept {
  from.withdraw(awaiter);
  for (auto& each : going_on_) {
    if (each.awaiter == awaiter) each.waiter = nullptr;
  }
}

void hub::report(room& where) {
  if (where.is_behind() == where.is_reported()) return;
  where.set_reported(where.is_behind());
  broker_->report_congestion(where.name(), where.is_behind());
}

void hub::for_each_interest(const std::function<void(std::string_view, bool)>& visit) const {
  for (const auto& [name, each] : rooms_) visit(name, each->is_reported());
  for (const auto& [name, heard] : listening_) visit(name, false);
}

// ---- serving ----

std::size_t hub::visit_rooms(std::size_t from, std::size_t most, const std::function<void(const room&)>& visit) const {
  for (std::size_t seen = 0; from < rooms_.bucket_count(); ++from, ++seen) {
    if (seen >= most) return from;
    for (auto each = rooms_.begin(from); each != rooms_.end(from); ++each, ++seen) visit(*each->second);
  }
  return 0;
}

void hub::on_turn() {
  std::size_t budget = members_per_turn;
  while (budget > 0) {
    room* serving = active_.pop_front();
    if (!serving) return;
    const std::size_t served =
        serving->serve(budget, reactor::current().precise_now(), [&](const broadcast_report& done) {
          delivered_ += done.messages * done.members;
          delivered_payload_ += done.payload * done.members;
          broadcasts_.record(done.duration);
          if (on_broadcast) on_broadcast(done);
        });
    budget -= served;
    report(*serving);
    if (serving->has_work()) active_.push_back(*serving);
    // Who waited may speak again, and may leave: the room is not touched after this. One of them may destroy another.
    going_on_ = serving->take_waiting();
    for (auto& each : going_on_) {
      if (const auto waiter = std::exchange(each.waiter, nullptr)) waiter.resume();
    }
  }
  if (!active_.empty()) reactor::current().in_next_turn(*this);
}

}  // namespace peregrine
