#include "peregrine/base/log.hpp"
#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/options.hpp"
#include "peregrine/doctor/remedy.hpp"
#include "peregrine/doctor/report.hpp"
#include "peregrine/server/worker_count.hpp"
#include "peregrine/swarm/sources.hpp"

#include <fmt/format.h>

namespace peregrine::cli {
namespace {

int refuse(std::string_view why) {
  fmt::print(stderr, "peregrine doctor: {}\n(peregrine doctor --help lists the options)\n", why);
  return misused;
}

// What could and could not be set is told beside the report, which may be read by a program.
void set_and_tell(const doctor::plan& found) {
  const auto changes = doctor::apply(found);
  for (const auto& each : changes) fmt::print(stderr, "{}\n", each.describe());
  if (changes.empty()) fmt::print(stderr, "There was nothing that root could set.\n");
  if (const auto own = doctor::own_limits(found); !own.empty()) fmt::print(stderr, "{}\n", own);
}

}  // namespace

int doctor(int count, const char* const* words) {
  peregrine::doctor::demand wanted;
  wanted.client = false;
  wanted.client_processes = 0;
  std::vector<std::string> bind;
  bool json = false;
  bool fix = false;
  bool is_to_apply = false;
  std::string workers;
  using peregrine::doctor::protocol;
  options command("doctor",
                  "Say how many connections this machine holds, which limit stops the next, and what lifts it.");
  command.count("--connections", wanted.connections, "Look at what so many need; else at how many there can be");
  command.choice<protocol>("--protocol", wanted.carried, {{"http1", protocol::http1}, {"http2", protocol::http2}},
                           "What carries them");
  command.toggle("--tls", wanted.tls, "They are encrypted");
  command.text(
      "--workers", workers,
      "The server is so many processes; auto: as many as they take; else one for each processor, as it is by itself");
  command.toggle("--swarm", wanted.client, "The swarm is on this machine too");
  command.texts("--bind", bind, "The swarm connects from these addresses, as with its --bind; may be repeated");
  command.count("--destinations", wanted.destinations, "It connects to so many addresses and ports of servers");
  command.toggle("--json", json, "Print it all as JSON");
  command.toggle("--fix", fix, "Print a sysctl file and a limits file that lift what is too low");
  command.toggle("--apply", is_to_apply, "Set, as root, what can be set while the machine runs");
  if (const auto end = command.parse(count, words)) return *end;

  if ((fix || is_to_apply) && wanted.connections == 0) {
    return refuse("--fix and --apply: for how many? expected --connections too, such as --connections 100000");
  }
  if (fix && (json || is_to_apply)) return refuse("--fix: prints nothing but files; expected no --json and no --apply");
  if (workers == "auto") {
    wanted.server_processes = 0;
  } else {
    const auto processes = server::worker_count(workers.empty() ? "auto" : workers, 0);
    if (!processes) return refuse(processes.error().message);
    wanted.server_processes = *processes;
  }
  if (wanted.destinations == 0) return refuse("--destinations: expected at least one");
  if (!bind.empty() && !wanted.client) return refuse("--bind: goes with --swarm, whose addresses these are");
  const auto sources = swarm::parse_sources(bind);
  if (!sources) return refuse("--bind: " + sources.error().message);
  wanted.source_addresses = sources->size();

  auto found = peregrine::doctor::make_plan(wanted);
  if (is_to_apply) {
    set_and_tell(found);
    found = peregrine::doctor::make_plan(wanted);
  }
  if (fix) {
    fmt::print("{}", both_files(found));
    fmt::print(stderr, "{}\n", found.verdict());
  } else if (json) {
    fmt::print("{}\n", to_json(wanted, found).dump(2));
  } else {
    fmt::print("{}\n", describe(wanted, found));
  }
  return found.fits() ? done : failed;
}

}  // namespace peregrine::cli
