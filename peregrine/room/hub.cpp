#include "peregrine/room/hub.hpp"

#include <cassert>
#include <utility>

namespace peregrine {

seat::~seat() {
  room_->home().leave(*room_, slot_);
}

void seat::take(const message& said) {
  room_->home().take(*room_, said);
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

seat hub::join(std::string_view name, connection& peer) {
  auto found = rooms_.find(name);
  if (found == rooms_.end()) found = rooms_.emplace(name, std::make_unique<room>(*this, std::string(name))).first;
  room& joined = *found->second;
  return seat(joined, joined.join(peer));
}

void hub::leave(room& left, std::uint32_t slot) noexcept {
  left.leave(slot);
  if (left.members() == 0) rooms_.erase(left.name());
}

void hub::take(room& where, const message& said) {
  ++published_;
  where.take(said);
  if (!where.is_linked()) active_.push_back(where);
  reactor::current().at_turn_end(*this);
}

void hub::for_each_room(const std::function<void(const room&)>& visit) const {
  for (const auto& [name, each] : rooms_) visit(*each);
}

void hub::on_turn() {
  std::size_t budget = members_per_turn;
  while (budget > 0) {
    room* serving = active_.pop_front();
    if (!serving) return;
    const std::size_t served =
        serving->serve(budget, reactor::current().precise_now(), [&](const broadcast_report& done) {
          delivered_ += done.messages * done.members;
          if (on_broadcast) on_broadcast(done);
        });
    budget -= served;
    if (serving->has_work()) active_.push_back(*serving);
    // Who waited may speak again, and may leave: the room is not touched after this.
    for (const auto publisher : serving->take_waiting()) publisher.resume();
  }
  if (!active_.empty()) reactor::current().in_next_turn(*this);
}

}  // namespace peregrine
