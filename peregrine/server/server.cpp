#include "peregrine/server/server.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/doctor/limits.hpp"
#include "peregrine/net/listener.hpp"
#include "peregrine/server/administer.hpp"
#include "peregrine/server/plan.hpp"
#include "peregrine/server/serving.hpp"
#include "peregrine/server/settled.hpp"
#include "peregrine/tls/memory.hpp"
#include "peregrine/worker/membership.hpp"
#include "peregrine/worker/supervisor.hpp"

#include <fcntl.h>

#include <optional>
#include <utility>

namespace peregrine::server {

namespace {

// New workers that read another configuration than the server was started with say what it takes; one in place of a
// fallen worker has to serve all the same.
result<> keep_to(const std::string& terms, bool is_reload, options& chosen) {
  const auto kept = settled::parse(terms);
  if (!kept) return kept.error();
  if (const auto checked = kept->check(chosen); !checked) {
    if (is_reload) return checked.error();
    log::warning("server", "This process does as the server was started: {}", checked.error().message);
  }
  kept->impose_on(chosen);
  return {};
}

// In the process that does not serve itself.
result<> supervise(const plan& ours, worker::service_manager& manager) {
  if (ours.chosen.ready_fd > 0) ::fcntl(static_cast<int>(ours.chosen.ready_fd), F_SETFD, FD_CLOEXEC);
  const auto admin_socket = open_admin_socket(ours.admin);
  if (!admin_socket) return admin_socket.error();
  worker::supervision wanted;
  wanted.admin_socket = *admin_socket;
  for (const auto& each : ours.places) wanted.addresses.push_back(each.at);
  wanted.workers = ours.workers;
  wanted.leave = ours.time_to_leave();
  wanted.terms = settled(ours.chosen, ours.workers).spell();
  wanted.on_serving = [&](const std::vector<address>& listening) {
    close_unbound();
    std::optional<address> administrated;
    if (wanted.admin_socket) {
      announce_admin(*ours.admin, administrated.emplace(address::of_local(*wanted.admin_socket)));
    }
    return announce(ours, listening, administrated, manager);
  };
  wanted.manager = &manager;
  log::info("server", "Starting {} workers", ours.workers);
  return worker::supervise(wanted);
}

}  // namespace

result<> run(const options& asked) {
  auto chosen = asked;
  tls::count_memory();
  auto station = worker::station::from_environment();
  auto manager = worker::service_manager::from_environment();
  listener::hand_over(manager.take_sockets());
  if (station && station->what() == worker::role::exchange) return worker::run_exchange(*station);
  if (station) {
    if (auto kept = keep_to(station->terms(), station->is_reload(), chosen); !kept) return kept.error();
  }
  auto ours = plan::of(std::move(chosen));
  if (!ours) return ours.error();
  if (station && station->what() == worker::role::admin) {
    if (!ours->admin) return failure{"--admin is off by now; restart the server as a whole"};
    return run_administration(std::move(station), ours->chosen, *ours->admin, ours->certificate());
  }
  if (const auto files = doctor::raise_open_files(); !files) log::warning("server", "{}", files.error().message);
  if (!station && ours->workers > 1) return supervise(*ours, manager);
  return serve(std::move(*ours), std::move(station), manager);
}

}  // namespace peregrine::server
