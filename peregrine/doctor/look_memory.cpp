// Memory: of the machine, and what a control group leaves of it.
#include "peregrine/doctor/control_group.hpp"
#include "peregrine/doctor/look.hpp"

#include <fmt/format.h>

namespace peregrine::doctor {
namespace {

// What processes take before anybody is there. The doctor's own share is free again when it has spoken.
std::uint64_t taken_by_processes(const plan& found) {
  // Several workers have a supervisor and an exchange beside them; a swarm is one more than those that connect.
  const auto servers = found.server_processes + (found.server_processes > 1 ? 2 : 0);
  const auto clients = found.client_processes + (found.client_processes > 0 ? 1 : 0);
  return (servers + clients - 1) * measured::process;
}

limit of_memory(std::string name, std::uint64_t have, std::uint64_t per_websocket, const plan& found,
                std::string lift) {
  const auto own = taken_by_processes(found);
  const auto asked = found.asked;
  const auto need = asked > 0 ? multiplied(asked, per_websocket) + own : 0;
  return {std::move(name),
          effect::stops,
          print_size(have),
          asked > 0 ? print_size(need) : "",
          (have - std::min(have, own)) / per_websocket,
          have >= need,
          std::move(lift)};
}

}  // namespace

void look_at_memory(plan& found, const demand& wanted, const surroundings& here) {
  const auto per_end = bytes_per_websocket(wanted.carried, wanted.tls, measured::kernel);
  if (const auto have = here.memory_available()) {
    found.limits.push_back(of_memory("memory", *have, per_end * ends(wanted), found,
                                     wanted.server && wanted.client
                                         ? "more memory, or server and swarm on machines of their own"
                                         : "more memory, or more machines"));
  }
  if (const auto group = memory_limit(here)) {
    const auto accepted = group->version == 1
                              ? bytes_per_websocket(wanted.carried, wanted.tls, measured::kernel_accepted_in_group_1)
                              : per_end;
    const auto per_websocket = (wanted.server ? accepted : 0) + (wanted.client ? per_end : 0);
    auto row = of_memory("memory of the control group", group->free(), per_websocket, found, "");
    if (wanted.connections > 0) {
      const auto enough = group->taken + multiplied(wanted.connections, per_websocket) + taken_by_processes(found);
      row.lift = fmt::format("as root: echo {} >{}", enough, group->path);
    }
    found.limits.push_back(std::move(row));
  }
}

}  // namespace peregrine::doctor
