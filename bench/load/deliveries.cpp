#include "commands.hpp"
#include "crowd.hpp"
#include "targets.hpp"
#include <cstdio>
#include <memory>

namespace bench {
namespace {

struct burst {
  std::string said;      // as the speaker writes it
  std::string expected;  // as each member is to hear it
};

burst burst_of(std::uint64_t count, std::uint64_t first, std::size_t size) {
  burst burst;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string message = numbered_message(first + i, size);
    burst.said += masked_text_frame(message);
    burst.expected += text_frame(message);
  }
  return burst;
}

// Microseconds of the server's CPU until all have heard the burst.
double measure_round(const target& target, crowd& members, const burst& burst) {
  const std::int64_t before = target.server.cpu_when_idle();
  {
    const server_process::held held(target.server);
    members.say(burst.said, burst.expected);
    members.expect_silence();
  }
  target.server.cpu_when_idle();  // nobody reads while the server works: see handshakes.cpp
  members.await_deliveries();
  return static_cast<double>(target.server.cpu_when_idle() - before) / 1000;
}

}  // namespace

void measure_deliveries(options& given) {
  std::vector<target> targets = targets_of(given);
  const std::uint64_t count = given.number("members", 1000, 1, 10'000'000);
  const std::uint64_t burst_size = given.number("burst", 1, 1, 1000);
  const std::uint64_t rounds = given.number("rounds", 15, 1, 100'000);
  const std::uint64_t size = given.number("size", 64, smallest_message, 65535);
  const std::string path = given.text("path", "/x");
  given.refuse_rest();

  std::vector<std::unique_ptr<crowd>> crowds;
  for (const target& each : targets) {
    crowds.push_back(std::make_unique<crowd>(each.port, path, head::bare));
    crowds.back()->join(count);
  }
  constexpr std::uint64_t warm_up = 2;
  for (std::uint64_t round = 0; round < warm_up + rounds; ++round) {
    const burst burst = burst_of(burst_size, round * burst_size, size);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const std::size_t turn = (i + round) % targets.size();  // each is first as often as the other
      const double cost = measure_round(targets[turn], *crowds[turn], burst);
      if (round >= warm_up) targets[turn].microseconds.push_back(cost / static_cast<double>(count * burst_size));
    }
  }
  std::printf("{\"members\": %llu, \"burst\": %llu, \"message_bytes\": %llu, %s}\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(burst_size),
              static_cast<unsigned long long>(size), figures_as_json(targets).c_str());
}

}  // namespace bench
