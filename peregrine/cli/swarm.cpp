#include "peregrine/swarm/swarm.hpp"

#include "peregrine/base/units.hpp"
#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/conclude.hpp"
#include "peregrine/cli/options.hpp"
#include "peregrine/swarm/pages.hpp"

#include <fmt/format.h>

namespace peregrine::cli {
namespace {

int refuse(std::string_view why) {
  fmt::print(stderr, "peregrine swarm: {}\n(peregrine swarm --help lists the options)\n", why);
  return misused;
}

}  // namespace

int swarm(int count, const char* const* words) {
  peregrine::swarm::options chosen;
  std::string processes = "auto";
  conclusion end;
  options command("swarm", "Open many WebSockets to any server, hold them, make them talk, and measure.");
  command.argument("URL", chosen.url, "Where to, such as ws://127.0.0.1:8080/room");
  command.count("-c,--count", chosen.count, "Open so many connections");
  command.count("-s,--concurrency", chosen.concurrency,
                "Handshakes in flight; else 256, or 40 for each process if that is more; over HTTP/2 4,096");
  command.rate("--rate", chosen.rate, "Open so many per second, and not as many as go");
  command.texts(
      "--bind", chosen.bind,
      "Connect from these addresses, such as 127.0.0.1-127.0.0.32: each has some 28,000 ports; may be repeated");
  command.text("--processes", processes,
               "How many processes open them; auto is as many as the limit of open files asks for");
  command.duration("--timeout", chosen.timeout, "For one handshake, and for one broadcast to reach everybody");
  command.duration("--hold", chosen.hold, "Hold them for so long");
  command.duration("--ping", chosen.ping, "Ping a server that is silent for so long; 0 is never");
  command.count("--broadcast", chosen.broadcasts, "One speaks and all must hear, so many times");
  command.size("--size", chosen.size, "Bytes of a message");
  command.count("--echo", chosen.echo, "So many members send and wait for their own message to come back");
  command.rate(
      "--echo-rate", chosen.echo_rate,
      "Messages of all that echo, latencies from when each was meant to leave; else each sends when it has heard");
  command.duration("--echo-for", chosen.echo_for, "They echo for so long");
  command.text("--ca", chosen.authorities,
               "With wss, trust those whose certificates are in this PEM file, and no others");
  command.toggle("--insecure", chosen.insecure, "With wss, take any certificate: who listens in between reads along");
  command.toggle("--deflate", chosen.deflate, "Offer compression (permessage-deflate)");
  command.text("--origin", chosen.origin, "Say that they come from this page's origin");
  command.texts("--header", chosen.headers, "Send this field, 'Name: value'; may be repeated");
  command.texts("--subprotocol", chosen.subprotocols, "Offer this subprotocol; may be repeated, the best first");
  command.choice<http_version>(
      "--protocol", chosen.version,
      {{"auto", http_version::automatic}, {"http1", http_version::http1}, {"http2", http_version::http2}},
      "What carries them; auto is what the server prefers over TLS, and HTTP/1.1 without");
  command.count("--streams", chosen.streams, "So many on one HTTP/2 connection, if the server allows");
  end.add_options(command, "the report");
  if (const auto over = command.parse(count, words)) return *over;

  if (processes != "auto") {
    const auto number = parse_count(processes);
    if (!number) return refuse("--processes: " + number.error().message + ", or auto");
    chosen.processes = *number;
  }
  if (const auto opened = end.open(); !opened) return refuse(opened.error().message);

  const auto told = peregrine::swarm::run(chosen);
  if (!told) return refuse(told.error().message);
  return end.tell(*told);
}

}  // namespace peregrine::cli
