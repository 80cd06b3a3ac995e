#include "commands.hpp"
#include "crowd.hpp"
#include "targets.hpp"
#include <cstdio>

namespace bench {
namespace {

// Microseconds of the server's CPU for each of the handshakes.
double measure_round(const target& target, crowd& clients, std::uint64_t batch, unsigned source) {
  const std::int64_t before = target.server.cpu_when_idle();
  {
    const server_process::held held(target.server);
    clients.knock(batch, source);
    clients.expect_silence();
  }
  // Nobody reads while the server works: it would be charged for waking the reader, more or less often as the two
  // happen to run, and where two cores share one the reader would slow it down.
  target.server.cpu_when_idle();
  clients.await_replies();
  return static_cast<double>(target.server.cpu_when_idle() - before) / 1000 / static_cast<double>(batch);
}

}  // namespace

void measure_handshakes(options& given) {
  std::vector<target> targets = targets_of(given);
  const std::uint64_t rounds = given.number("rounds", 15, 1, 100'000);
  const std::uint64_t batch = given.number("batch", 400, 1, 4000);
  const std::string path = given.text("path", "/x");
  const head style = head_of(given.text("head", "browser"));
  given.refuse_rest();

  constexpr std::uint64_t warm_up = 2;  // first touch of memory, of code, of the allocator: not what is asked here
  std::size_t request_size = 0;
  for (std::uint64_t round = 0; round < warm_up + rounds; ++round) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      target& target = targets[(i + round) % targets.size()];  // each is first as often as the other
      crowd clients(target.port, path, style);
      // Another source address each round: the ports of the last ones still wait out their time (TIME-WAIT).
      const double cost = measure_round(target, clients, batch, static_cast<unsigned>(round % 200));
      if (round >= warm_up) target.microseconds.push_back(cost);
      request_size = clients.request_size();
      clients.leave();
      target.server.cpu_when_idle();  // the farewell is not the next one's noise
    }
  }
  std::printf("{\"batch\": %llu, \"request_bytes\": %zu, %s}\n", static_cast<unsigned long long>(batch), request_size,
              figures_as_json(targets).c_str());
}

}  // namespace bench
