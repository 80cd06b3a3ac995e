// Open files of a process, of the machine, and what systemd gives its services; and what epoll may watch.
#include "peregrine/doctor/look.hpp"

#include <fmt/format.h>

#include <optional>

namespace peregrine::doctor {
namespace {

using measured::own_files;

// The fewest processes that one end is spread over: there each has to open the most.
std::uint64_t narrowest(const demand& wanted, const surroundings& here) {
  auto processes = unlimited;
  if (wanted.server) processes = wanted.server_processes;
  if (wanted.client) {
    const auto clients =
        wanted.client_processes > 0 ? wanted.client_processes : processes_for(tcp_connections(wanted), here);
    // As many as it takes are never what is too few.
    if (wanted.client_processes > 0 || !wanted.server) processes = std::min(processes, clients);
  }
  return processes;
}

// The last DefaultLimitNOFILE= of a file of systemd's.
std::optional<std::string> default_limit_in(const surroundings& here, const std::string& path) {
  constexpr std::string_view key = "DefaultLimitNOFILE=";
  std::optional<std::string> found;
  for (const auto& line : here.lines(path)) {
    if (line.starts_with(key)) found = line.substr(key.size());
  }
  return found;
}

void look_at_systemd(plan& found, const demand& wanted, const surroundings& here) {
  if (!here.has("/run/systemd/system")) return;                                             // as sd_booted(3) asks
  auto given = default_limit_in(here, "/etc/systemd/system.conf").value_or("1024:524288");  // systemd's own
  for (const auto& name : here.names_in("/etc/systemd/system.conf.d")) {
    if (!name.ends_with(".conf")) continue;
    if (auto later = default_limit_in(here, "/etc/systemd/system.conf.d/" + name)) given = *later;
  }
  found.limits.push_back({"systemd's DefaultLimitNOFILE", effect::none, given,
                          wanted.connections > 0 ? print_count(found.open_files) : "", unlimited, true,
                          fmt::format("for a service: LimitNOFILE={} in its [Service]",
                                      wanted.connections > 0 ? fmt::format("{}", found.open_files) : "N")});
}

}  // namespace

void look_at_files(plan& found, const demand& wanted, const surroundings& here) {
  const auto tcp = tcp_connections(wanted);
  const auto processes = narrowest(wanted, here);
  const auto need = tcp > 0 ? divided(tcp, processes) + own_files : 0;
  const auto allowed = [&](std::uint64_t files) {
    if (files == unlimited) return unlimited;
    return carried_by(multiplied(files - std::min(files, own_files), processes), wanted);
  };
  const auto [soft, hard] = here.open_files();
  found.open_files = need;
  found.open_files_have = hard;
  found.processes = processes_for(tcp, here);
  found.limits.push_back(
      counted("open files", effect::stops, hard, need, allowed(hard), need > 0 ? lift_open_files(need, here) : ""));
  if (soft < hard) {
    found.limits.push_back({"open files, the soft limit", effect::none, print_count(soft), "", unlimited, true,
                            "nothing to do: each process raises its own to the hard one"});
  }
  if (const auto most = here.number("fs.nr_open")) {
    found.limits.push_back(
        of_setting("fs.nr_open", effect::stops, *most, need, allowed(*most), {"fs.nr_open", fmt::format("{}", need)}));
  }
  if (const auto all = here.number("fs.file-max")) {
    const auto used = here.number("fs.file-nr").value_or(0);
    const auto free = *all - std::min(*all, used);
    const auto own = own_files * ends(wanted);
    const auto every = tcp > 0 ? multiplied(tcp, ends(wanted)) + own : 0;
    found.limits.push_back(of_setting("fs.file-max, what is still free", effect::stops, free, every,
                                      carried_by((free - std::min(free, own)) / ends(wanted), wanted),
                                      {"fs.file-max", fmt::format("{}", every + used)}));
  }
  if (const auto most = here.number("fs.epoll.max_user_watches")) {
    const auto watches = multiplied(tcp, ends(wanted));
    found.limits.push_back(of_setting("fs.epoll.max_user_watches", effect::stops, *most, watches,
                                      carried_by(*most / ends(wanted), wanted),
                                      {"fs.epoll.max_user_watches", fmt::format("{}", watches)}));
  }
  look_at_systemd(found, wanted, here);
}

}  // namespace peregrine::doctor
