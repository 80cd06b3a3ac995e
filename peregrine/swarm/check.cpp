#include "peregrine/swarm/check.hpp"

#include "peregrine/doctor/limits.hpp"
#include "peregrine/http/url.hpp"
#include "peregrine/swarm/sources.hpp"
#include "peregrine/swarm/utterance.hpp"
#include "peregrine/tls/context.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string_view>

namespace peregrine::swarm {
namespace {

constexpr std::uint64_t largest_message = std::uint64_t{16} * 1024 * 1024;
constexpr std::uint64_t most_processes = 1024;
constexpr std::uint64_t most_streams = 65'535;

// RFC 9110 §5.6.2
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// Without control characters, so that none begins a new line of the head (RFC 9110 §5.5).
bool is_field_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7F; });
}

// Said here, since at the first connect a foreign address looks as if its ports had run out.
result<void> check_source(const address& source) {
  const int probe = socket(source.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return {};  // whatever is missing, the first connection will tell
  const int code = bind(probe, source.data(), source.size()) == 0 ? 0 : errno;
  close(probe);
  if (code != EADDRNOTAVAIL) return {};
  return failure{
      fmt::format("--bind: {} is no address of this machine (ip address shows those that are)", source.host()), code};
}

result<void> check_head(const options& chosen) {
  for (const std::string_view each : chosen.headers) {
    const auto colon = each.find(':');
    if (colon == std::string_view::npos || !is_token(each.substr(0, colon)) || !is_field_value(each)) {
      return failure{fmt::format("--header: \"{}\" is no header field; expected 'Name: value'", each)};
    }
  }
  if (!is_field_value(chosen.origin)) return failure{"--origin: expected one line, such as https://example.org"};
  for (const auto& each : chosen.subprotocols) {
    if (!is_token(each)) {
      return failure{fmt::format("--subprotocol: \"{}\" is no token; expected a name such as chat.v1", each)};
    }
  }
  return {};
}

result<void> check_amounts(const options& chosen) {
  if (chosen.count == 0 || chosen.count > std::numeric_limits<std::uint32_t>::max()) {
    return failure{"--count: expected at least one connection, and at most 4 billion"};
  }
  if (chosen.streams == 0 || chosen.streams > most_streams) {
    return failure{fmt::format("--streams: expected 1 to {} on one HTTP/2 connection", most_streams)};
  }
  if (chosen.concurrency == 0) return failure{"--concurrency: expected at least one handshake in flight"};
  if (chosen.processes && (*chosen.processes == 0 || *chosen.processes > most_processes)) {
    return failure{fmt::format("--processes: expected 1 to {}, or auto", most_processes)};
  }
  if (chosen.timeout.count() == 0) return failure{"--timeout: expected some time, such as 10s"};
  if (chosen.size < voice::smallest || chosen.size > largest_message) {
    return failure{fmt::format("--size: expected {} bytes, which a message needs to be known again, to {}",
                               voice::smallest, largest_message)};
  }
  if (chosen.echo > chosen.count) {
    return failure{fmt::format("--echo: {} members can't echo where {} are opened", chosen.echo, chosen.count)};
  }
  if (chosen.echo == 0 && chosen.echo_rate) return failure{"--echo-rate: goes with --echo, which says how many echo"};
  if (chosen.broadcasts > std::numeric_limits<std::uint32_t>::max()) return failure{"--broadcast: too many"};
  return {};
}

// Whether what is to be trusted can be read: each process of the swarm will.
result<void> check_trust(const options& chosen, bool is_secure) {
  if (!is_secure && (chosen.insecure || !chosen.authorities.empty())) {
    return failure{fmt::format("--ca and --insecure go with TLS, which '{}' does not ask for; expected wss://HOST/ROOM",
                               chosen.url)};
  }
  if (!is_secure) return {};
  const auto made = tls::client_context::make({chosen.authorities, chosen.insecure, {}});
  if (!made) return failure{"--ca: " + made.error().message, made.error().code};
  return {};
}

// A process is called for each handshake alone where it has but a few in flight, and so is each worker of a server that
// has as many: that costs a fifth of all that a handshake takes (docs/decisions/0014).
std::uint64_t handshakes_in_flight(std::uint64_t processes, bool is_http2) {
  return is_http2 ? 4096 : std::max<std::uint64_t>(256, 40 * processes);
}

}  // namespace

result<plan> check(const options& chosen, const probe& ask) {
  const auto url = http::url::parse(chosen.url);
  if (!url) return url.error();
  if (const auto checked = check_trust(chosen, url->is_secure); !checked) return checked.error();
  if (const auto checked = check_amounts(chosen); !checked) return checked.error();
  if (const auto checked = check_head(chosen); !checked) return checked.error();
  const auto to = address::resolve(url->host, url->port);
  if (!to) return to.error();
  auto sources = parse_sources(chosen.bind);
  if (!sources) return failure{"--bind: " + sources.error().message};
  for (const auto& each : *sources) {
    if (each.family() != to->family()) {
      return failure{fmt::format("--bind: {} can't reach {}: one is IPv4, the other IPv6", each.host(), to->host())};
    }
    if (const auto checked = check_source(each); !checked) return checked.error();
  }

  const bool is_open = chosen.version == http_version::automatic && url->is_secure;
  const bool is_http2 = (is_open ? ask(chosen, *to, *sources) : chosen.version) == http_version::http2;
  const auto sockets = is_http2 ? (chosen.count + chosen.streams - 1) / chosen.streams : chosen.count;
  const auto processes = chosen.processes.value_or(doctor::processes_for(sockets));
  plan made;
  made.to = *to;
  made.whole = {.count = chosen.count,
                .concurrency = chosen.concurrency.value_or(handshakes_in_flight(processes, is_http2)),
                .active = chosen.echo,
                .rate = chosen.rate,
                .echo_rate = chosen.echo_rate,
                .sources = std::move(*sources)};
  made.processes = processes;
  if (made.whole.sources.empty()) {
    made.whole.sources = spread_over_loopback(*to, sockets, made.processes);
    made.spreads_over_loopback = !made.whole.sources.empty();
  }
  made.needs = {.connections = chosen.count,
                .server = false,
                .client = true,
                .client_processes = made.processes,
                .source_addresses = std::max<std::uint64_t>(1, made.whole.sources.size()),
                .carried = is_http2 ? doctor::protocol::http2 : doctor::protocol::http1,
                .tls = url->is_secure};
  return made;
}

}  // namespace peregrine::swarm
