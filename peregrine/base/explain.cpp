#include "peregrine/base/explain.hpp"

#include "peregrine/base/lift.hpp"
#include "peregrine/base/tls_code.hpp"
#include "peregrine/base/units.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace peregrine {
namespace {

std::string told(std::optional<std::uint64_t> value) {
  return value ? print_count(*value) : "unknown";
}

std::string process_files(const machine& here) {
  const auto [soft, hard] = here.open_files();
  const auto met = fmt::format("this process is at its limit of {} open files", print_count(soft));
  if (soft < hard) return fmt::format("{}; raise it before the start with: ulimit -Sn {}", met, hard);
  const auto most = here.number("fs.nr_open").value_or(1U << 20U);
  const auto lift = lift_own_open_files(hard < most ? most : most * 2, here);
  return fmt::format("{}; {}; {}, is a way around it; peregrine doctor --connections N tells all that N need", met,
                     lift.empty() ? "it can't be raised from in here, whoever starts the container may"
                                  : "raise it, as root, with: " + lift,
                     around_open_files);
}

std::string system_files(const machine& here) {
  const auto most = here.number("fs.file-max");
  return fmt::format("the whole machine is at its limit of {} open files; raise it, as root, with: {}", told(most),
                     sysctl_command({"fs.file-max", fmt::format("{}", most.value_or(1U << 20U) * 2)}));
}

std::string socket_memory(const machine& here) {
  const auto pages = here.numbers("net.ipv4.tcp_mem");
  const auto available = here.memory_available();
  const auto memory = available ? print_size(*available) : std::string("an unknown amount");
  if (pages.size() != 3) return fmt::format("the kernel has no memory left for sockets ({} available)", memory);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return fmt::format(
      "the kernel has no memory left for sockets ({} available; TCP may use {} of it); "
      "raise TCP's share, as root, with: {}",
      memory, print_size(pages[2] * page),
      sysctl_command({"net.ipv4.tcp_mem", fmt::format("{} {} {}", pages[0] * 2, pages[1] * 2, pages[2] * 2)}));
}

std::string local_ports(const machine& here) {
  const auto range = here.numbers("net.ipv4.ip_local_port_range");
  const bool known = range.size() == 2 && range[1] >= range[0];
  return fmt::format(
      "every local port {}is taken for this pair of addresses; connect from several addresses "
      "(--bind 127.0.0.1-127.0.0.32), or widen the range, as root, with: {}; "
      "peregrine doctor --connections N --swarm tells all that N need",
      known ? fmt::format("from {} to {} ({}) ", range[0], range[1], print_count(range[1] - range[0] + 1)) : "",
      sysctl_command({"net.ipv4.ip_local_port_range", std::string(widest_port_range)}));
}

std::string privileged_port(const machine& here) {
  return fmt::format(
      "ports below {} are for root alone; choose a higher one, or open them, as root, with: "
      "sysctl -w net.ipv4.ip_unprivileged_port_start=0",
      here.number("net.ipv4.ip_unprivileged_port_start").value_or(1024));
}

std::string watches(const machine& here) {
  const auto most = here.number("fs.epoll.max_user_watches");
  return fmt::format("this user is at the limit of {} watched descriptors; raise it, as root, with: {}", told(most),
                     sysctl_command({"fs.epoll.max_user_watches", fmt::format("{}", most.value_or(1U << 20U) * 2)}));
}

}  // namespace

std::string explain(int code, attempt what, const machine& here) {
  switch (code) {
    case EMFILE:
      return process_files(here);
    case ENFILE:
      return system_files(here);
    case ENOBUFS:
    case ENOMEM:
      return socket_memory(here);
    case EADDRNOTAVAIL:
      if (what == attempt::listen)
        return "that address belongs to none of this machine's interfaces (ip address lists them)";
      return local_ports(here);
    case EADDRINUSE:
      // bind() of a source address to any port says this when the ports of that address have run out.
      if (what == attempt::connect) return local_ports(here);
      return "another program listens on that address and port already (ss -ltnp shows which); choose another port";
    case EACCES:
      if (what == attempt::listen) return privileged_port(here);
      if (what == attempt::open) return "this user may not read it (ls -l shows who may)";
      return "a rule of this machine's firewall or security policy forbids it";
    case EPERM:
      return "a rule of this machine's firewall or security policy forbids it";
    case ECONNREFUSED:
      return "refused: nobody listens at that address and port";
    case ECONNRESET:
      return "reset: the peer broke the connection off";
    case ECONNABORTED:
      return "the peer left before it was accepted";
    case EPIPE:
      return "the peer has closed the connection";
    case ETIMEDOUT:
      return "timed out: no answer came from the peer";
    case EHOSTUNREACH:
    case ENETUNREACH:
      return "there is no route to that address";
    case EAFNOSUPPORT:
      return "this machine does not speak that kind of address (is IPv6 switched off?)";
    case ENOSPC:
      if (what == attempt::watch) return watches(here);
      return "the disk is full";
    case ENOENT:
      return "there is no such file";
    default:
      return tls_code::is_one(code) ? tls_code::explain(code) : std::generic_category().message(code);
  }
}

}  // namespace peregrine
