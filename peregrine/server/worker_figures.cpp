#include "peregrine/server/worker_figures.hpp"

#include "peregrine/base/machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

namespace peregrine::server {

namespace {

using namespace std::chrono_literals;

constexpr auto relaxed = std::memory_order_relaxed;

std::map<std::uint16_t, std::uint64_t> by_status(const std::map<int, std::uint64_t>& from) {
  std::map<std::uint16_t, std::uint64_t> made;
  for (const auto& [status, count] : from) made[static_cast<std::uint16_t>(status)] = count;
  return made;
}

}  // namespace

worker_figures::worker_figures(const worker::board& all, worker::figures& place, const acceptor& door, const hub& rooms,
                               const worker::bus_broker* bus)
    : all_(all),
      place_(place),
      door_(door),
      rooms_(rooms),
      bus_(bus),
      survey_(rooms, std::tuple_size_v<decltype(worker::figures::largest)>) {
  place_.most_files.store(machine::local().open_files().soft, relaxed);
  on_timeout();
}

void worker_figures::enter(worker::activity now) {
  place_.now.store(static_cast<std::uint64_t>(now), relaxed);
}

void worker_figures::on_timeout() {
  write();
  reactor::current().reset_longest_turn();
  reactor::current().set_timeout(*this, 1s);
}

void worker_figures::write() {
  auto& place = place_;
  const auto& counts = door_.counts;
  place.live.store(counts.live, relaxed);
  place.opened.store(counts.opened, relaxed);
  place.messages_in.store(counts.messages_in, relaxed);
  place.published.store(rooms_.published(), relaxed);
  place.delivered.store(rooms_.delivered(), relaxed);
  place.slow_consumers.store(counts.slow_consumers, relaxed);
  place.silent.store(counts.idle, relaxed);
  place.longest_turn.store(reactor::current().longest_turn(), relaxed);
  place.rooms.store(rooms_.rooms(), relaxed);
  for (std::size_t i = 0; i < transports; ++i) {
    place.opened_by[i].store(counts.opened_by[i], relaxed);
    place.live_by[i].store(counts.live_by[i], relaxed);
  }
  place.sent.store(counts.sent, relaxed);
  place.payload_in.store(counts.payload_in, relaxed);
  place.payload_out.store(counts.payload_sent + rooms_.delivered_payload(), relaxed);
  place.wire_in.store(tcp_stream::counted().received, relaxed);
  place.wire_out.store(tcp_stream::counted().sent, relaxed);
  place.outbox_bytes.store(outbox::size_of_all(), relaxed);
  place.http2_live.store(door_.http2_connections(), relaxed);
  place.http2_opened.store(door_.http2_opened(), relaxed);
  place.http2_resets.store(door_.http2_resets(), relaxed);
  place.sockets.store(door_.sockets(), relaxed);
  place.handshakes.assign(door_.handshakes());
  place.broadcasts.assign(rooms_.broadcasts());
  if (bus_) {
    place.broadcast_lag.assign(bus_->lag());
    place.missed.store(bus_->missed(), relaxed);
  }
  place.closed.assign(counts.closed);
  place.refused.assign(by_status(door_.refused()));
  for (std::size_t i = 0; i < obstacles; ++i) place.turned_away[i].store(counts.turned_away[i], relaxed);
  survey_.begin();
  const auto& largest = survey_.largest();
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

admin::summary worker_figures::of_all() {
  write();
  return admin::summarize(all_);
}

room_sizes worker_figures::rooms_of_all(std::size_t most) {
  write();
  return admin::largest_rooms(all_, most);
}

}  // namespace peregrine::server
