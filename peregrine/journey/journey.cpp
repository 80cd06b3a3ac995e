#include "peregrine/journey/journey.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/doctor/lease.hpp"
#include "peregrine/journey/server_process.hpp"
#include "peregrine/swarm/swarm.hpp"
#include "peregrine/swarm/usage.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace peregrine::journey {
namespace {

// Both ends are on this machine, each with as many processes as it needs: one where that can hold them all.
doctor::plan look_at_limits(const options& chosen) {
  doctor::demand wanted;
  wanted.connections = chosen.to;
  wanted.server_processes = 0;
  wanted.client_processes = 0;
  wanted.source_addresses = 0;
  wanted.carried = chosen.http2 ? doctor::protocol::http2 : doctor::protocol::http1;
  wanted.tls = !chosen.plain;
  return doctor::make_plan(wanted);
}

result<std::optional<doctor::lease>> widen(const options& chosen, const doctor::plan& limits) {
  if (!chosen.apply) return std::optional<doctor::lease>();
  auto taken = doctor::lease::take(limits);
  if (!taken) return failure{"Nothing was set, for nothing would put it back: " + taken.error().message};
  for (const auto& each : taken->changes()) log::info("journey", "Set for this journey: {}", each.describe());
  if (taken->changes().empty()) log::info("journey", "There is nothing that root could set");
  return std::optional(std::move(*taken));
}

void tell(const doctor::plan& limits, bool was_applied) {
  const bool is_all_enough = std::ranges::all_of(limits.limits, &doctor::limit::enough);
  if (is_all_enough) return;
  log::warning("journey", "{}{}", limits.describe(),
               was_applied || doctor::too_low(limits).empty()
                   ? ""
                   : "\nOr, as root, peregrine journey --apply: it sets what can be set, and puts it back in the end.");
}

std::uint64_t data_of(const std::vector<pid_t>& processes) {
  std::uint64_t sum = 0;
  for (const auto each : processes) sum += swarm::resident_data(each);
  return sum;
}

// Quickly, for who asks often; nothing where one of them is gone or not ours to look at.
std::optional<std::uint64_t> data_about(const std::vector<pid_t>& processes) {
  std::uint64_t sum = 0;
  for (const auto each : processes) {
    const auto size = swarm::resident_data_about(each);
    if (!size) return std::nullopt;
    sum += *size;
  }
  return sum;
}

reading read_now(const server_process& server) {
  reading now;
  const auto ours = server.processes();
  now.server_bytes = data_of(ours);
  for (const auto each : ours) now.server_cpu += swarm::cpu_time(each);
  auto others = swarm::descendants(getpid());
  std::erase_if(others, [&](pid_t each) { return std::ranges::find(ours, each) != ours.end(); });
  others.push_back(getpid());
  for (const auto each : others) now.swarm_cpu += swarm::cpu_time(each);
  now.swarm_bytes = data_of(others);
  now.kernel = measure_kernel();
  now.time = swarm::monotonic_now();
  return now;
}

// As chosen, unless that makes more than 10,000 pings a second: they would be what a machine is busy with.
std::chrono::milliseconds ping_interval(std::chrono::milliseconds chosen, std::uint64_t connections) {
  return std::max(chosen, std::chrono::milliseconds(connections / 10));
}

// A broadcast takes a while to reach very many, and so does it to look at so many processes.
std::chrono::milliseconds patience(std::uint64_t connections) {
  return std::chrono::seconds(10) + std::chrono::milliseconds(connections / 20);
}

}  // namespace

result<story> run(const options& chosen) {
  story told;
  told.asked = chosen.to;
  told.limits = look_at_limits(chosen);
  const auto widened = widen(chosen, told.limits);
  if (!widened) return widened.error();
  if (*widened) told.limits = look_at_limits(chosen);
  told.went_for = told.limits.possible;
  tell(told.limits, chosen.apply);
  if (told.went_for == 0) return failure{"not one connection is possible here: " + told.limits.describe()};

  const auto pings = ping_interval(chosen.ping_interval, told.went_for);
  auto server = server_process::start({chosen.plain, told.limits.server_processes, pings});
  if (!server) return failure{"The server could not be started: " + server.error().message};
  told.before = read_now(*server);
  log::info(
      "journey", log::with{{"workers", told.limits.server_processes}},
      "A server of {} process{} listens on port {}, and pings who is silent for {}; the limits allow {} connections",
      told.limits.server_processes, told.limits.server_processes == 1 ? "" : "es", server->port(),
      print_duration(pings), told.went_for);

  swarm::options sent;
  sent.url = fmt::format("{}://127.0.0.1:{}/journey", chosen.plain ? "ws" : "wss", server->port());
  sent.version = chosen.http2 ? http_version::http2 : http_version::http1;
  sent.count = told.went_for;
  sent.timeout = patience(told.went_for);
  sent.hold = chosen.hold;
  sent.broadcasts = chosen.broadcasts;
  auto report = swarm::run(sent, {.opened = [&] { told.opened = read_now(*server); },
                                  .held = [&] { told.held = read_now(*server); },
                                  .spoken = [&] { told.spoken = read_now(*server); },
                                  .server = [&] { return data_about(server->processes()); }});
  told.server_ended_well = server->stop();
  if (!report) return failure{"The swarm could not be sent: " + report.error().message};
  told.swarm = std::move(*report);
  return told;
}

}  // namespace peregrine::journey
