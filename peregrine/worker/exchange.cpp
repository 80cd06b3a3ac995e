#include "peregrine/worker/exchange.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace peregrine::worker {

namespace {

// Of each of the two buffers, when what was heard has been carried: the next burst would find new memory each time.
constexpr std::size_t kept_capacity = std::size_t{2} * 1024 * 1024;

}  // namespace

exchange::~exchange() {
  for (const auto& each : places_) each->way.close();
}

void exchange::add(std::uint64_t worker, stream_ptr carried) {
  auto& made = *places_.emplace_back(new place(*this, worker));
  made.way.open(std::move(carried));
  mark(made);
}

// ---- what a worker says ----

void exchange::on_packet(line& from, const packet& heard) {
  place& who = place_of(from);
  switch (heard.what) {
    case kind::message:
      heard_.insert(heard_.end(), heard.whole.begin(), heard.whole.end());
      reactor::current().at_turn_end(*this);
      break;
    case kind::subscribe:
      subscribe(who, heard.room);
      break;
    case kind::unsubscribe:
      unsubscribe(who, heard.room);
      break;
    case kind::congested:
    case kind::relieved: {
      const auto found = rooms_.find(heard.room);
      if (found == rooms_.end()) break;
      interest* const of = find(found->second, who);
      if (!of) break;
      const unsigned others = of->holds & ~hold::said;
      set_holds(heard.room, found->second, *of,
                heard.what == kind::congested && !who.is_still ? others | hold::said : others);
      break;
    }
    case kind::alive:
      who.is_asked = false;
      if (std::exchange(who.is_still, false)) {
        log::info("bus", {{"worker", who.worker}}, "Worker {} takes what is said in its rooms again", who.worker);
      }
      break;
    case kind::hello:
    case kind::missed:
      break;  // nothing that a worker has to say
  }
}

void exchange::subscribe(place& who, std::string_view name) {
  auto found = rooms_.find(name);
  if (found == rooms_.end()) found = rooms_.emplace(name, room{}).first;
  room& where = found->second;
  if (find(where, who)) return;
  where.interested.push_back({&who, hold::none});
  if (where.holding == 0) return;
  append_packet(who.way.out(), kind::congested, name);
  mark(who);
}

void exchange::unsubscribe(place& who, std::string_view name) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  room& where = found->second;
  interest* const of = find(where, who);
  if (!of) return;
  set_holds(name, where, *of, hold::none);
  where.interested.erase(where.interested.begin() + (of - where.interested.data()));
  if (where.interested.empty()) rooms_.erase(found);
}

void exchange::carry_heard() {
  bytes rest = ripe_;
  packet_reader reader;
  while (reader.next(rest) == packet_reader::outcome::packet) carry(reader.current());
  ripe_.clear();
  if (ripe_.capacity() > kept_capacity && heard_.empty()) ripe_ = std::vector<std::byte>();
  ripe_.swap(heard_);
  if (!ripe_.empty()) reactor::current().in_next_turn(*this);
}

void exchange::carry(const packet& heard) {
  const auto found = rooms_.find(heard.room);
  if (found == rooms_.end()) return;
  largest_ = std::max(largest_, heard.whole.size());
  room& where = found->second;
  for (auto& each : where.interested) {
    place& to = *each.who;
    if (!offer(to, heard) || to.way.queued() <= limits_.high || to.is_still || (each.holds & hold::queued)) continue;
    to.queued_rooms.emplace_back(heard.room);
    set_holds(heard.room, where, each, each.holds | hold::queued);
  }
}

bool exchange::offer(place& to, const packet& heard) {
  // Much in one turn is no sign that it does not read.
  if (to.way.queued() + heard.whole.size() > limits_.high) to.way.write();
  if (!to.is_lagging && to.way.queued() + heard.whole.size() > most()) {
    to.is_lagging = true;
    log::warning("bus", {{"worker", to.worker}, {"bytes", to.way.queued()}},
                 "Worker {} takes what is said in its rooms too slowly, or not at all: {} wait for it, no more than {} "
                 "may, and what comes now it will miss",
                 to.worker, print_size(to.way.queued()), print_size(most()));
  }
  if (to.is_lagging) {
    ++to.missed;
    ++let_go_;
    return false;
  }
  auto& out = to.way.out();
  out.insert(out.end(), heard.whole.begin(), heard.whole.end());
  mark(to);
  return true;
}

// ---- who waits for whom ----

void exchange::set_holds(std::string_view name, room& where, interest& of, unsigned holds) {
  const bool did = std::exchange(of.holds, static_cast<std::uint8_t>(holds)) != hold::none;
  const bool does = holds != hold::none;
  if (did == does) return;
  const std::size_t change = does ? std::size_t{1} : ~std::size_t{0};
  where.holding += change;
  if (where.holding > (does ? 1U : 0U)) return;  // others hold it as well
  held_rooms_ += change;
  for (const auto& each : where.interested) {
    if (each.who->is_lagging) continue;  // it is told what holds when it has caught up
    append_packet(each.who->way.out(), does ? kind::congested : kind::relieved, name);
    mark(*each.who);
  }
  ask();
}

// Nobody waits for it any more.
void exchange::relieve(place& who) {
  for (auto& [name, where] : rooms_) {
    if (interest* const of = find(where, who)) set_holds(name, where, *of, hold::none);
  }
  who.queued_rooms.clear();
}

// While others wait for a worker, or much waits for it, it is asked for a sign of life.
void exchange::ask() {
  if (!is_linked()) reactor::current().set_timeout(*this, limits_.patience);
}

void exchange::on_timeout() {
  bool is_needed = held_rooms_ > 0;
  for (const auto& each : places_) {
    is_needed = is_needed || each->is_asked || each->way.queued() > 0;
    if (!each->is_asked || each->is_still) continue;
    each->is_still = true;
    log::warning("bus", {{"worker", each->worker}, {"bytes", each->way.queued()}},
                 "Worker {} stands still: nobody waits for it any more, and {} wait for it", each->worker,
                 print_size(each->way.queued()));
    relieve(*each);
  }
  if (!is_needed) return;
  for (const auto& each : places_) {
    if (std::exchange(each->is_asked, true)) continue;
    append_packet(each->way.out(), kind::alive);
    mark(*each);
  }
  ask();
}

// ---- writing ----

void exchange::mark(place& changed) {
  if (std::exchange(changed.is_dirty, true)) return;
  dirty_.push_back(&changed);
  reactor::current().at_turn_end(*this);
}

void exchange::on_turn() {
  carry_heard();
  while (!dirty_.empty()) {
    place& each = *dirty_.back();
    dirty_.pop_back();
    each.is_dirty = false;
    each.way.write();
    look_at(each);
  }
}

void exchange::on_written(line& through) {
  look_at(place_of(through));
}

void exchange::look_at(place& written) {
  if (written.way.queued() > 0) ask();
  if (written.way.queued() >= limits_.low) return;
  for (const auto& name : std::exchange(written.queued_rooms, {})) {
    const auto found = rooms_.find(name);
    if (found == rooms_.end()) continue;
    interest* const of = find(found->second, written);
    if (of) set_holds(name, found->second, *of, of->holds & ~unsigned{hold::queued});
  }
  if (!written.is_lagging) return;
  written.is_lagging = false;
  log::warning("bus", {{"worker", written.worker}, {"messages", written.missed}},
               "Worker {} takes what is said in its rooms again; {} messages it has missed", written.worker,
               print_count(written.missed));
  append_number(written.way.out(), kind::missed, std::exchange(written.missed, 0));
  for (auto& [name, where] : rooms_) {
    if (where.holding > 0 && find(where, written)) {
      append_packet(written.way.out(), kind::congested, name);
    }
  }
  mark(written);
}

// ---- a worker's end ----

void exchange::on_ended(line& gone, std::string_view why) {
  place& who = place_of(gone);
  log::debug("bus", {{"worker", who.worker}}, "The line to worker {} is gone: {}", who.worker, why);
  relieve(who);
  for (auto each = rooms_.begin(); each != rooms_.end();) {
    std::erase_if(each->second.interested, [&](const interest& of) { return of.who == &who; });
    each = each->second.interested.empty() ? rooms_.erase(each) : std::next(each);
  }
  std::erase(dirty_, &who);
  std::erase_if(places_, [&](const auto& each) { return each.get() == &who; });
}

exchange::place& exchange::place_of(const line& way) noexcept {
  const auto found = std::ranges::find_if(places_, [&](const auto& each) { return &each->way == &way; });
  assert(found != places_.end());
  return **found;
}

exchange::interest* exchange::find(room& where, const place& who) noexcept {
  const auto found = std::ranges::find(where.interested, &who, &interest::who);
  return found == where.interested.end() ? nullptr : &*found;
}

}  // namespace peregrine::worker
