#include "peregrine/worker/bus_broker.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"

#include <algorithm>
#include <utility>

namespace peregrine::worker {

namespace {

constexpr std::size_t high = std::size_t{4} * 1024 * 1024;  // bytes: beyond it whoever publishes waits
constexpr std::size_t low = std::size_t{1} * 1024 * 1024;   // and goes on below this

// The rooms of a process that nobody else can hear: a name like these does not fit into a packet.
bool is_carried(std::string_view room) noexcept {
  return !room.empty() && room.size() <= longest_room;
}

}  // namespace

void bus_broker::connect(stream_ptr way) {
  way_.close();
  audience_->on_lost_touch();
  // Interest first, so that what waits here is heard here as well.
  const auto waiting = std::exchange(way_.out(), {});
  audience_->for_each_interest([this](std::string_view room, bool is_congested) {
    if (!is_carried(room)) return;
    append_packet(way_.out(), kind::subscribe, room);
    if (is_congested) append_packet(way_.out(), kind::congested, room);
  });
  way_.out().insert(way_.out().end(), waiting.begin(), waiting.end());
  way_.open(std::move(way));
  reactor::current().at_turn_end(*this);
}

broker::carried bus_broker::publish(std::string_view room, const message& said) {
  if (!is_carried(room)) return carried::nowhere;
  append_message(way_.out(), room, said, reactor::current().turn_began());
  reactor::current().at_turn_end(*this);
  if (way_.queued() <= high) return carried::away;
  is_full_ = true;
  return carried::slowly;
}

// At once and not at the end of the turn: before the member is answered.
void bus_broker::subscribe(std::string_view room) {
  if (!way_.is_open() || !is_carried(room)) return;  // all of it is told when there is a line
  append_packet(way_.out(), kind::subscribe, room);
  way_.write();
}

void bus_broker::unsubscribe(std::string_view room) {
  tell(kind::unsubscribe, room);
}

void bus_broker::report_congestion(std::string_view room, bool is_congested) {
  tell(is_congested ? kind::congested : kind::relieved, room);
}

void bus_broker::tell(kind what, std::string_view room) {
  if (!way_.is_open() || !is_carried(room)) return;
  append_packet(way_.out(), what, room);
  reactor::current().at_turn_end(*this);
}

void bus_broker::on_packet(line&, const packet& heard) {
  switch (heard.what) {
    case kind::message: {
      const auto now = reactor::current().turn_began();
      lag_.record(now - std::min(now, heard.said));
      audience_->on_message(heard.room, heard.body);
      break;
    }
    case kind::congested:
    case kind::relieved:
      audience_->on_congestion(heard.room, heard.what == kind::congested);
      break;
    case kind::missed:
      missed_ += heard.number();
      log::warning("bus", {{"messages", heard.number()}},
                   "This worker was too slow, or stood still, for too long: its members have missed {} messages",
                   print_count(heard.number()));
      audience_->on_lost_touch();  // what holds now is told behind this
      break;
    case kind::alive:
      append_packet(way_.out(), kind::alive);
      reactor::current().at_turn_end(*this);
      break;
    case kind::hello:
    case kind::subscribe:
    case kind::unsubscribe:
      break;  // nothing that the exchange has to say
  }
}

void bus_broker::on_turn() {
  way_.write();
  on_written(way_);
}

void bus_broker::on_written(line&) {
  if (!is_full_ || way_.queued() >= low) return;
  is_full_ = false;
  audience_->on_drained();
}

void bus_broker::on_ended(line&, std::string_view why) {
  log::warning("bus", "The bus to the other workers is gone ({}): what is said reaches nobody until it is back", why);
  audience_->on_lost_touch();
  on_written(way_);
}

}  // namespace peregrine::worker
