// Open files of a process, of the machine, and what systemd gives its services; and what epoll may watch.
#include "peregrine/doctor/look.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <vector>

namespace peregrine::doctor {
namespace {

using measured::own_files;

// What one process of an end has to open, and how many TCP connections the end holds if each may open `files`.
struct end {
  std::uint64_t need = 0;
  std::function<std::uint64_t(std::uint64_t files)> allows;
};

std::uint64_t room_within(std::uint64_t files) noexcept {
  return files == unlimited ? unlimited : files - std::min(files, own_files);
}

// As many processes as it takes are never too few, if one of them can hold any at all.
std::uint64_t any_number(std::uint64_t files) noexcept {
  return room_within(files) > 0 ? unlimited : 0;
}

end look_at_server(const demand& wanted, std::uint64_t processes) {
  end found{fullest_share(tcp_connections(wanted), processes), any_number};
  if (wanted.server_processes > 0) {
    found.allows = [processes](std::uint64_t files) { return held_together(room_within(files), processes); };
  }
  return found;
}

end look_at_client(const demand& wanted, std::uint64_t processes) {
  end found{divided(tcp_connections(wanted), processes), any_number};
  if (wanted.client_processes > 0) {
    found.allows = [processes](std::uint64_t files) { return multiplied(room_within(files), processes); };
  }
  return found;
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
  std::vector<end> both;
  if (wanted.server) both.push_back(look_at_server(wanted, found.server_processes));
  if (wanted.client) both.push_back(look_at_client(wanted, found.client_processes));
  std::uint64_t need = 0;
  for (const auto& each : both) need = std::max(need, each.need);
  if (tcp > 0) need += own_files;
  const auto allowed = [&](std::uint64_t files) {
    auto most = unlimited;
    for (const auto& each : both) most = std::min(most, each.allows(files));
    return carried_by(most, wanted);
  };
  const auto [soft, hard] = here.open_files();
  found.open_files = need;
  found.open_files_have = hard;
  found.processes = server_processes_for(tcp, here);
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
