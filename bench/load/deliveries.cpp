#include "commands.hpp"
#include "crowd.hpp"
#include "server_process.hpp"
#include "statistics.hpp"
#include <cstdio>

namespace bench {

void measure_deliveries(options& given) {
  const auto port = static_cast<std::uint16_t>(given.required_number("port", 1, 65535));
  const server_process server(static_cast<pid_t>(given.required_number("pid", 1, 1 << 30)));
  const std::uint64_t count = given.number("members", 1000, 1, 10'000'000);
  const std::uint64_t burst = given.number("burst", 1, 1, 1000);
  const std::uint64_t rounds = given.number("rounds", 15, 1, 100'000);
  const std::uint64_t size = given.number("size", 64, smallest_message, 65535);
  const std::string path = given.text("path", "/x");
  given.refuse_rest();

  crowd members(port, path, head::bare);
  members.join(count);
  constexpr std::uint64_t warm_up = 2;
  std::vector<double> microseconds;
  std::uint64_t number = 0;
  for (std::uint64_t round = 0; round < warm_up + rounds; ++round) {
    std::string said;
    std::string expected;
    for (std::uint64_t i = 0; i < burst; ++i) {
      const std::string message = numbered_message(++number, size);
      said += masked_text_frame(message);
      expected += text_frame(message);
    }
    const std::int64_t before = server.cpu_when_idle();
    {
      const server_process::held held(server);
      members.say(said, std::move(expected));
      members.expect_silence();
    }
    server.cpu_when_idle();  // nobody reads while the server works: see handshakes.cpp
    members.await_deliveries();
    const std::int64_t after = server.cpu_when_idle();
    const auto deliveries = static_cast<double>(count * burst);
    if (round >= warm_up) microseconds.push_back(static_cast<double>(after - before) / 1000 / deliveries);
  }
  std::printf("{\"members\": %llu, \"burst\": %llu, \"message_bytes\": %llu, \"cpu_us_per_delivery\": %s}\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(burst),
              static_cast<unsigned long long>(size), summary_as_json(microseconds).c_str());
}

}  // namespace bench
