#include "commands.hpp"
#include "crowd.hpp"
#include "server_process.hpp"
#include "statistics.hpp"
#include <cstdio>

namespace bench {

void measure_handshakes(options& given) {
  const auto port = static_cast<std::uint16_t>(given.required_number("port", 1, 65535));
  const server_process server(static_cast<pid_t>(given.required_number("pid", 1, 1 << 30)));
  const std::uint64_t rounds = given.number("rounds", 15, 1, 100'000);
  const std::uint64_t batch = given.number("batch", 400, 1, 4000);
  const std::string path = given.text("path", "/x");
  const head style = head_of(given.text("head", "browser"));
  given.refuse_rest();

  constexpr std::uint64_t warm_up = 2;  // first touch of memory, of code, of the allocator: not what is asked here
  std::vector<double> microseconds;
  std::size_t request_size = 0;
  for (std::uint64_t round = 0; round < warm_up + rounds; ++round) {
    crowd clients(port, path, style);
    const std::int64_t before = server.cpu_when_idle();
    {
      const server_process::held held(server);
      // Another source address each round: the ports of the last ones still wait out their time (TIME-WAIT).
      clients.knock(batch, static_cast<unsigned>(round % 200));
      clients.expect_silence();
    }
    // Nobody reads while the server works: it would be charged for waking the reader, more or less often as the two
    // happen to run, and where two cores share one the reader would slow it down.
    server.cpu_when_idle();
    clients.await_replies();
    const std::int64_t after = server.cpu_when_idle();
    request_size = clients.request_size();
    if (round >= warm_up)
      microseconds.push_back(static_cast<double>(after - before) / 1000 / static_cast<double>(batch));
  }
  std::printf("{\"batch\": %llu, \"request_bytes\": %zu, \"cpu_us_per_handshake\": %s}\n",
              static_cast<unsigned long long>(batch), request_size, summary_as_json(microseconds).c_str());
}

}  // namespace bench
