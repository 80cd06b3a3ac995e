// Processes, processors, and the maps that a stack for each connection would take.
#include "peregrine/doctor/control_group.hpp"
#include "peregrine/doctor/look.hpp"

#include <fmt/format.h>

namespace peregrine::doctor {
namespace {

// However many connections there are, processes are few: this stops only who may start next to none.
void look_at_pids(plan& found, const surroundings& here) {
  const auto need = found.server_processes + (found.server_processes > 1 ? 2 : 0) + found.client_processes +
                    (found.client_processes > 0 ? 1 : 0);
  const auto add = [&](std::string name, std::uint64_t have, std::string lift, std::vector<setting> settings) {
    found.limits.push_back(counted(std::move(name), effect::stops, have, need, have >= need ? unlimited : 0,
                                   std::move(lift), std::move(settings)));
  };
  if (const auto most = here.number("kernel.pid_max")) {
    constexpr std::uint64_t others = 1'000;  // what runs on a machine anyhow
    const setting more{"kernel.pid_max", fmt::format("{}", need + others)};
    add("kernel.pid_max, processes", *most, sysctl_command(more), {more});
  }
  if (const auto group = process_limit(here)) {
    add("processes of the control group", group->free(),
        fmt::format("as root: echo {} >{}", group->taken + need, group->path), {});
  }
}

}  // namespace

void look_at_processes(plan& found, const demand& wanted, const surroundings& here) {
  look_at_pids(found, here);
  if (here.processors) {
    // Each of our processes has one thread. On fewer processors they take turns.
    found.limits.push_back(counted("processors", effect::slows, here.processors(), ends(wanted), unlimited,
                                   "more processors: server and swarm use one each when connections open"));
  }
  if (const auto have = here.number("vm.max_map_count")) {
    found.limits.push_back({"vm.max_map_count", effect::none, print_count(*have), "", unlimited, true,
                            "nothing to do: a connection is a coroutine here, not a stack with maps of its own"});
  }
}

}  // namespace peregrine::doctor
