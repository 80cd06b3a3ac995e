#include "peregrine/server/worker_figures.hpp"

#include "peregrine/base/slab.hpp"
#include "peregrine/base/units.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <unordered_map>

namespace peregrine::server {

namespace {

using namespace std::chrono_literals;

constexpr auto relaxed = std::memory_order_relaxed;

void add(std::map<std::uint16_t, std::uint64_t>& to, const std::map<std::uint16_t, std::uint64_t>& from) {
  for (const auto& [key, count] : from) to[key] += count;
}

std::map<std::uint16_t, std::uint64_t> by_status(const std::map<int, std::uint64_t>& from) {
  std::map<std::uint16_t, std::uint64_t> made;
  for (const auto& [status, count] : from) made[static_cast<std::uint16_t>(status)] = count;
  return made;
}

void add(totals& to, const worker::figures& from) {
  to.live += from.live.load(relaxed);
  to.opened += from.opened.load(relaxed);
  to.messages_in += from.messages_in.load(relaxed);
  to.published += from.published.load(relaxed);
  to.delivered += from.delivered.load(relaxed);
  to.slow_consumers += from.slow_consumers.load(relaxed);
  to.silent += from.silent.load(relaxed);
  to.longest_turn = std::max(to.longest_turn, from.longest_turn.load(relaxed));
  add(to.closed, from.closed.read());
  add(to.refused, from.refused.read());
  for (std::size_t i = 0; i < obstacles; ++i) to.turned_away[i] += from.turned_away[i].load(relaxed);
}

void sort_and_cut(room_sizes& rooms, std::size_t most) {
  const auto kept = std::min(rooms.size(), most);
  std::ranges::partial_sort(rooms, rooms.begin() + static_cast<std::ptrdiff_t>(kept),
                            [](const auto& a, const auto& b) { return a.second > b.second; });
  rooms.resize(kept);
}

}  // namespace

totals of_this_process(const acceptor& door, const hub& rooms) {
  const auto& counts = door.counts;
  totals now;
  now.live = counts.live;
  now.opened = counts.opened;
  now.messages_in = counts.messages_in;
  now.published = rooms.published();
  now.delivered = rooms.delivered();
  now.slow_consumers = counts.slow_consumers;
  now.silent = counts.idle;
  now.longest_turn = reactor::current().longest_turn();
  now.closed = counts.closed;
  now.refused = by_status(door.refused());
  now.turned_away = counts.turned_away;
  return now;
}

room_sizes largest_rooms(const hub& rooms, std::size_t most) {
  std::vector<std::pair<std::size_t, const std::string*>> all;
  rooms.for_each_room([&](const room& each) { all.emplace_back(each.members(), &each.name()); });
  const auto listed = std::min(all.size(), most);
  std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(listed),
                            [](const auto& a, const auto& b) { return a.first > b.first; });
  room_sizes largest;
  for (std::size_t i = 0; i < listed; ++i) largest.emplace_back(*all[i].second, all[i].first);
  return largest;
}

worker_figures::worker_figures(worker::membership& ours, const acceptor& door, const hub& rooms)
    : ours_(ours), door_(door), rooms_(rooms) {
  on_timeout();
}

void worker_figures::on_timeout() {
  write();
  reactor::current().reset_longest_turn();
  reactor::current().set_timeout(*this, 1s);
}

void worker_figures::write() {
  auto& place = ours_.figures();
  const auto now = of_this_process(door_, rooms_);
  place.live.store(now.live, relaxed);
  place.opened.store(now.opened, relaxed);
  place.messages_in.store(now.messages_in, relaxed);
  place.published.store(now.published, relaxed);
  place.delivered.store(now.delivered, relaxed);
  place.missed.store(ours_.missed(), relaxed);
  place.slow_consumers.store(now.slow_consumers, relaxed);
  place.silent.store(now.silent, relaxed);
  place.longest_turn.store(now.longest_turn, relaxed);
  place.rooms.store(rooms_.rooms(), relaxed);
  std::uint64_t objects = 0;
  std::uint64_t size = 0;
  for (const auto* each : slab::all()) {
    objects += each->live();
    size += each->live() * each->object_size();
  }
  place.objects.store(objects, relaxed);
  place.object_bytes.store(size, relaxed);
  place.closed.assign(now.closed);
  place.refused.assign(now.refused);
  for (std::size_t i = 0; i < obstacles; ++i) place.turned_away[i].store(now.turned_away[i], relaxed);
  const auto largest = largest_rooms(rooms_, place.largest.size());
  for (std::size_t i = 0; i < place.largest.size(); ++i) {
    auto& told = place.largest[i];
    if (i >= largest.size()) {
      told.size.store(0, relaxed);
      continue;
    }
    const auto& [name, members] = largest[i];
    const auto length = std::min(name.size(), told.name.size());
    std::memcpy(told.name.data(), name.data(), length);
    told.size.store(length, relaxed);
    told.members.store(members, relaxed);
  }
  place.process.store(static_cast<std::uint64_t>(getpid()), relaxed);
}

totals worker_figures::of_all() {
  write();
  totals sum;
  for (const auto* each : ours_.all().living()) add(sum, *each);
  add(sum, ours_.all().past());
  return sum;
}

std::string worker_figures::stats_lines() const {
  std::string text;
  for (const auto* each : ours_.all().living()) {
    fmt::format_to(
        std::back_inserter(text), "\nworker {} (process {}): {} live, {} opened; {} received, {} delivered; {} rooms{}",
        each->worker.load(relaxed), each->process.load(relaxed), print_count(each->live.load(relaxed)),
        print_count(each->opened.load(relaxed)), print_count(each->messages_in.load(relaxed)),
        print_count(each->delivered.load(relaxed)), print_count(each->rooms.load(relaxed)),
        each->missed.load(relaxed) > 0 ? fmt::format("; {} messages missed", print_count(each->missed.load(relaxed)))
                                       : "");
  }
  return text;
}

room_sizes worker_figures::rooms_of_all(std::size_t most) {
  write();
  std::unordered_map<std::string, std::uint64_t> sum;
  for (const auto* each : ours_.all().living()) {
    for (const auto& told : each->largest) {
      const auto length = std::min<std::size_t>(told.size.load(relaxed), told.name.size());
      if (length > 0) sum[std::string(told.name.data(), length)] += told.members.load(relaxed);
    }
  }
  room_sizes rooms(sum.begin(), sum.end());
  sort_and_cut(rooms, most);
  return rooms;
}

}  // namespace peregrine::server
