#include "peregrine/journey/journey.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/journey/server_process.hpp"
#include "peregrine/swarm/swarm.hpp"
#include "peregrine/swarm/usage.hpp"

#include <fmt/format.h>

#include <utility>

namespace peregrine::journey {
namespace {

// Both ends are on this machine: one server process, as many of the swarm as it needs.
doctor::plan look_at_limits(const options& chosen) {
  doctor::demand wanted;
  wanted.connections = chosen.to;
  wanted.client_processes = 0;
  wanted.source_addresses = 0;
  wanted.carried = chosen.http2 ? doctor::protocol::http2 : doctor::protocol::http1;
  wanted.tls = !chosen.plain;
  return doctor::make_plan(wanted);
}

reading read_now(pid_t server) {
  return {swarm::monotonic_now(), swarm::resident_data(server), swarm::cpu_time(server), measure_kernel()};
}

}  // namespace

result<story> run(const options& chosen) {
  story told;
  told.asked = chosen.to;
  told.limits = look_at_limits(chosen);
  told.went_for = told.limits.possible;
  if (!told.limits.fits()) log::warning("journey", "{}", told.limits.describe());
  if (told.went_for == 0) return failure{"not one connection is possible here: " + told.limits.describe()};

  auto server = server_process::start(chosen.plain);
  if (!server) return failure{"The server could not be started: " + server.error().message};
  told.before = read_now(server->process());
  log::info("journey", "A server listens on port {}; the limits allow {} connections", server->port(), told.went_for);

  swarm::options sent;
  sent.url = fmt::format("{}://127.0.0.1:{}/journey", chosen.plain ? "ws" : "wss", server->port());
  sent.version = chosen.http2 ? http_version::http2 : http_version::http1;
  sent.count = told.went_for;
  sent.hold = chosen.hold;
  sent.broadcasts = chosen.broadcasts;
  auto report = swarm::run(sent, {.opened = [&] { told.opened = read_now(server->process()); },
                                  .held = [&] { told.held = read_now(server->process()); }});
  told.server_ended_well = server->stop();
  if (!report) return failure{"The swarm could not be sent: " + report.error().message};
  told.swarm = std::move(*report);
  return told;
}

}  // namespace peregrine::journey
