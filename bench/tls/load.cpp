// tls_load: what one more TLS handshake, or idle session, costs a server, any server, in CPU and in bytes.
#include "../load/options.hpp"
#include "../load/socket.hpp"
#include "../load/targets.hpp"
#include "clients.hpp"
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

namespace bench {
namespace {

constexpr const char* usage =
    "usage: tls_load COMMAND --port PORT --pid SERVER …\n"
    "  handshakes  [--rounds 15] [--batch 200] [--beside-port PORT --beside-pid SERVER]\n"
    "  idle        [--members 10000] [--path /x]    without a path no WebSocket is opened on the sessions\n"
    "The server listens at 127.0.0.1:PORT and is the process SERVER. Prints one JSON object.\n";

// Microseconds of the server's CPU for each handshake. The server runs twice, each time on a queue that is complete:
// of ClientHellos, and of the ends of handshakes. The clients do their part while it is held.
double measure_round(const target& target, tls_clients& clients, std::uint64_t batch, unsigned source) {
  const std::int64_t before = target.server.cpu_when_idle();
  {
    const server_process::held held(target.server);
    clients.knock(target.port, batch, source);
    clients.expect_silence();
  }
  target.server.cpu_when_idle();
  clients.await_answers();  // on a busy machine it may have been kept from running, and not have been idle
  {
    const server_process::held held(target.server);
    clients.finish();
  }
  return static_cast<double>(target.server.cpu_when_idle() - before) / 1000 / static_cast<double>(batch);
}

void measure_handshakes(options& given) {
  std::vector<target> targets = targets_of(given);
  const std::uint64_t rounds = given.number("rounds", 15, 1, 100'000);
  const std::uint64_t batch = given.number("batch", 200, 1, 4000);
  given.refuse_rest();
  constexpr std::uint64_t warm_up = 2;
  for (std::uint64_t round = 0; round < warm_up + rounds; ++round) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      target& target = targets[(i + round) % targets.size()];
      tls_clients clients;
      const double cost = measure_round(target, clients, batch, static_cast<unsigned>(round % 200));
      if (round >= warm_up) target.microseconds.push_back(cost);
      clients.leave();
      target.server.cpu_when_idle();
    }
  }
  std::printf("{\"batch\": %llu, %s}\n", static_cast<unsigned long long>(batch), figures_as_json(targets).c_str());
}

void measure_idle(options& given) {
  const auto port = static_cast<std::uint16_t>(given.required_number("port", 1, 65535));
  const server_process server(static_cast<pid_t>(given.required_number("pid", 1, 1 << 30)));
  const std::uint64_t count = given.number("members", 10'000, 1, 10'000'000);
  const std::string path = given.text("path", "");
  given.refuse_rest();
  tls_clients clients;
  std::uint64_t made = 0;
  unsigned source = 0;
  const auto join = [&](std::uint64_t wanted) {
    for (const auto end = made + wanted; made < end;) {
      const auto now = std::min<std::uint64_t>(end - made, 200);
      clients.knock(port, now, source++ % 200);
      clients.finish();
      if (!path.empty()) {
        clients.ask(port, path);
        clients.expect_accepted();
      }
      clients.forget_sessions();
      made += now;
    }
    server.cpu_when_idle();
  };
  join(200);  // what the first of a process make once is not theirs
  const process_memory before = server.memory();
  join(count);
  const process_memory after = server.memory();
  const auto each = [&](std::int64_t with, std::int64_t without) {
    return static_cast<double>(with - without) / static_cast<double>(count);
  };
  std::printf("{\"members\": %llu, \"bytes_per_member\": {\"rss\": %.1f, \"pss\": %.1f, \"private\": %.1f}}\n",
              static_cast<unsigned long long>(count), each(after.rss, before.rss), each(after.pss, before.pss),
              each(after.private_bytes, before.private_bytes));
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  const std::string_view command = count > 1 ? arguments[1] : "";
  try {
    bench::raise_file_limit();
    bench::options given(count > 2 ? count - 2 : 0, arguments + 2);
    if (command == "handshakes") {
      bench::measure_handshakes(given);
    } else if (command == "idle") {
      bench::measure_idle(given);
    } else {
      std::fputs(bench::usage, stderr);
      return 2;
    }
  } catch (const bench::usage_error& mistake) {
    std::fprintf(stderr, "tls_load: %s\n%s", mistake.what(), bench::usage);
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "tls_load: %s\n", failure.what());
    return 1;
  }
}
