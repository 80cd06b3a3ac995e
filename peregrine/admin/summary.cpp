#include "peregrine/admin/summary.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_map>

namespace peregrine::admin {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// Why a handshake was refused, as the status says it.
std::string reason_of(std::uint16_t status) {
  switch (status) {
    case 400:
      return "malformed";
    case 401:
      return "unauthorized";
    case 403:
      return "origin";
    case 405:
      return "method";
    case 408:
      return "timeout";
    case 426:
      return "upgrade";
    case 431:
      return "head_too_large";
    case 501:
      return "protocol";
    case 505:
      return "http_version";
    case 503:
      return "unavailable";
    default:
      return "status_" + std::to_string(status);
  }
}

void add(summary& to, const worker::figures& from) {
  to.live += from.live.load(relaxed);
  to.opened += from.opened.load(relaxed);
  for (std::size_t i = 0; i < transports; ++i) {
    to.live_by[i] += from.live_by[i].load(relaxed);
    to.opened_by[i] += from.opened_by[i].load(relaxed);
  }
  for (const auto& [code, count] : from.closed.read()) to.closed[code] += count;
  auto refused = from.refused.read();
  for (std::size_t i = 0; i < obstacles; ++i) {  // admission tells more than its status does
    const auto count = from.turned_away[i].load(relaxed);
    if (count == 0) continue;
    to.refused[std::string(name_of(static_cast<obstacle>(i)))] += count;
    refused[503] -= std::min(refused[503], count);
  }
  for (const auto& [status, count] : refused) {
    if (count > 0) to.refused[reason_of(status)] += count;
  }
  to.slow_consumers += from.slow_consumers.load(relaxed);
  to.silent += from.silent.load(relaxed);
  to.closed_by_order += from.closed_by_order.load(relaxed);
  to.http2_live += from.http2_live.load(relaxed);
  to.http2_opened += from.http2_opened.load(relaxed);
  to.http2_resets += from.http2_resets.load(relaxed);
  to.messages_in += from.messages_in.load(relaxed);
  to.messages_out += from.sent.load(relaxed) + from.delivered.load(relaxed);
  to.payload_in += from.payload_in.load(relaxed);
  to.payload_out += from.payload_out.load(relaxed);
  to.wire_in += from.wire_in.load(relaxed);
  to.wire_out += from.wire_out.load(relaxed);
  to.outbox_bytes += from.outbox_bytes.load(relaxed);
  to.rooms += from.rooms.load(relaxed);
  to.published += from.published.load(relaxed);
  to.delivered += from.delivered.load(relaxed);
  to.missed += from.missed.load(relaxed);
  from.handshakes.add_to(to.handshakes);
  from.broadcasts.add_to(to.broadcasts);
  from.broadcast_lag.add_to(to.broadcast_lag);
  to.longest_turn = std::max(to.longest_turn, from.longest_turn.load(relaxed));
}

worker_summary of_worker(const worker::figures& from) {
  return {.number = from.worker.load(relaxed),
          .process = from.process.load(relaxed),
          .live = from.live.load(relaxed),
          .opened = from.opened.load(relaxed),
          .messages_in = from.messages_in.load(relaxed),
          .delivered = from.delivered.load(relaxed),
          .missed = from.missed.load(relaxed),
          .rooms = from.rooms.load(relaxed),
          .longest_turn = from.longest_turn.load(relaxed),
          .sockets = from.sockets.load(relaxed),
          .most_files = from.most_files.load(relaxed)};
}

bool is(worker::activity expected, const worker::figures& who) {
  return who.now.load(relaxed) == static_cast<std::uint64_t>(expected);
}

}  // namespace

summary summarize(const worker::board& all) {
  summary sum;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  sum.time = std::chrono::duration<double>(now).count();
  sum.started = static_cast<double>(all.started()) / 1e9;
  add(sum, all.past());
  bool serves = false;
  for (const auto* each : all.living()) {
    add(sum, *each);
    sum.workers.push_back(of_worker(*each));
    serves = serves || is(worker::activity::serving, *each);
  }
  sum.is_draining = is(worker::activity::leaving, all.past());
  sum.is_ready = serves && is(worker::activity::serving, all.past());
  return sum;
}

std::vector<std::pair<std::string, std::uint64_t>> largest_rooms(const worker::board& all, std::size_t most) {
  std::unordered_map<std::string, std::uint64_t> sum;
  for (const auto* each : all.living()) {
    for (const auto& told : each->largest) {
      const auto length = std::min<std::size_t>(told.size.load(relaxed), told.name.size());
      if (length > 0) sum[std::string(told.name.data(), length)] += told.members.load(relaxed);
    }
  }
  std::vector<std::pair<std::string, std::uint64_t>> rooms(sum.begin(), sum.end());
  std::ranges::sort(
      rooms, [](const auto& a, const auto& b) { return std::pair(b.second, a.first) < std::pair(a.second, b.first); });
  rooms.resize(std::min(rooms.size(), most));
  return rooms;
}

}  // namespace peregrine::admin
