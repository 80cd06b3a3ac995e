#include "peregrine/admin/account.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace peregrine::admin {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t rooms_listed = 50;

constexpr double in_seconds(std::uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e9;
}

json spell(const duration_counts& counted) {
  json bounds = json::array();
  for (const auto each : duration_counts::bounds) bounds.push_back(in_seconds(each));
  return {{"bounds", bounds}, {"counts", counted.counts}, {"sum", in_seconds(counted.sum)}};
}

json spell_connections(const summary& all) {
  json by_protocol = json::array();
  for (const bool is_http2 : {false, true}) {
    for (const bool is_secure : {false, true}) {
      const auto index = transport_of(is_http2, is_secure);
      by_protocol.push_back({{"protocol", is_http2 ? "http2" : "http1"},
                             {"tls", is_secure},
                             {"live", all.live_by[index]},
                             {"opened", all.opened_by[index]}});
    }
  }
  json closed = json::object();
  for (const auto& [code, count] : all.closed) closed[std::to_string(code)] = count;
  json refused = json::object();
  for (const auto& [reason, count] : all.refused) refused[reason] = count;
  return {{"live", all.live},
          {"opened", all.opened},
          {"by_protocol", by_protocol},
          {"closed", closed},
          {"refused", refused},
          {"slow_consumers", all.slow_consumers},
          {"silent", all.silent},
          {"closed_by_order", all.closed_by_order},
          {"http2", {{"connections", all.http2_live}, {"opened", all.http2_opened}, {"resets", all.http2_resets}}}};
}

// A worker has a limit of its own: that of the one that is nearest to it matters.
void add_open_files(std::vector<doctor::use>& limits, const summary& all) {
  const auto left = [](const worker_summary& each) {
    return each.most_files - std::min(each.most_files, each.sockets);
  };
  const auto fullest = std::ranges::min_element(all.workers, {}, left);
  if (fullest == all.workers.end() || fullest->most_files == 0) return;
  limits.insert(limits.begin(), {"open_files_of_a_worker", fullest->sockets, fullest->most_files});
}

}  // namespace

account take_account(const worker::board& of) {
  account taken{.version = PEREGRINE_VERSION,
                .all = summarize(of),
                .limits = doctor::look_at_use(),
                .costs = worker::read_allocations(of)};
  add_open_files(taken.limits, taken.all);
  return taken;
}

std::string to_json(const account& told) {
  const auto& all = told.all;
  json limits = json::array();
  for (const auto& each : told.limits) {
    limits.push_back({{"name", each.name}, {"used", each.used}, {"limit", each.limit}});
  }
  const auto& costs = told.costs.all;
  json ledger = json::array();
  for (const auto* lines : {&costs.lines, &told.costs.kernel}) {
    for (const auto& each : *lines) {
      ledger.push_back(
          {{"name", each.name}, {"owner", name_of(each.whose)}, {"objects", each.objects}, {"bytes", each.bytes}});
    }
  }
  // By process: while new workers take over two have the same number.
  const auto cpu_of = [&told](std::uint64_t process) {
    const auto found = std::ranges::find(told.costs.workers, process, &worker::allocations::process);
    return found == told.costs.workers.end() ? 0 : in_seconds(found->cpu);
  };
  json workers = json::array();
  for (const auto& each : all.workers) {
    workers.push_back({{"number", each.number},
                       {"process", each.process},
                       {"live", each.live},
                       {"opened", each.opened},
                       {"cpu_seconds", cpu_of(each.process)},
                       {"longest_turn_seconds", in_seconds(each.longest_turn)},
                       {"messages_in", each.messages_in},
                       {"delivered", each.delivered}});
  }
  const json whole{
      {"version", told.version},
      {"time", all.time},
      {"uptime_seconds", all.time - all.started},
      {"is_ready", all.is_ready},
      {"is_draining", all.is_draining},
      {"connections", spell_connections(all)},
      {"messages",
       {{"in", all.messages_in},
        {"out", all.messages_out},
        {"payload_bytes_in", all.payload_in},
        {"payload_bytes_out", all.payload_out},
        {"wire_bytes_in", all.wire_in},
        {"wire_bytes_out", all.wire_out}}},
      {"rooms",
       {{"count", all.rooms}, {"published", all.published}, {"delivered", all.delivered}, {"missed", all.missed}}},
      {"outbox_bytes", all.outbox_bytes},
      {"handshake_seconds", spell(all.handshakes)},
      {"broadcast_seconds", spell(all.broadcasts)},
      {"broadcast_lag_seconds", spell(all.broadcast_lag)},
      {"lag_seconds", spell(costs.lag)},
      {"longest_turn_seconds", in_seconds(all.longest_turn)},
      {"cpu_seconds", {{"user", in_seconds(costs.cpu - costs.cpu_system)}, {"system", in_seconds(costs.cpu_system)}}},
      {"ledger", ledger},
      {"memory", {{"pss_bytes", costs.memory}, {"unaccounted_bytes", costs.memory_added - costs.bytes_added()}}},
      {"limits", limits},
      {"workers", workers},
  };
  return whole.dump();
}

std::string rooms_to_json(const worker::board& of) {
  json rooms = json::array();
  for (const auto& [name, members] : largest_rooms(of, rooms_listed)) {
    rooms.push_back({{"room", name}, {"members", members}});
  }
  const json whole{{"count", summarize(of).rooms}, {"largest", rooms}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";  // a name may be cut within a character
}

}  // namespace peregrine::admin
