#include "commands.hpp"
#include "crowd.hpp"
#include "server_process.hpp"
#include <chrono>
#include <cstdio>

namespace bench {

void measure_idle(options& given) {
  const auto port = static_cast<std::uint16_t>(given.required_number("port", 1, 65535));
  const server_process server(static_cast<pid_t>(given.required_number("pid", 1, 1 << 30)));
  const std::uint64_t count = given.number("members", 19'000, 1, 10'000'000);
  const std::uint64_t seconds = given.number("seconds", 10, 1, 3600);
  const std::string path = given.text("path", "/x");
  given.refuse_rest();

  server.cpu_when_idle();
  const process_memory empty = server.memory();
  crowd members(port, path, head::bare);
  {
    const server_process::held held(server);
    members.knock(1, 0);
    members.expect_silence();
  }
  members.await_replies();
  members.join(count - 1);
  const std::int64_t before = server.cpu_when_idle();
  const process_memory full = server.memory();

  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < end) members.read_for(100);
  const std::int64_t idle_cpu = server.cpu() - before;

  const auto per_member = [&](std::int64_t with, std::int64_t without) {
    return static_cast<double>(with - without) / static_cast<double>(count);
  };
  std::printf(
      "{\"members\": %llu, \"bytes_per_member\": {\"rss\": %.1f, \"pss\": %.1f, \"private\": %.1f}, "
      "\"idle\": {\"seconds\": %llu, \"cpu_ns\": %lld, \"cpu_ns_per_member_and_second\": %.3f, \"percent_of_a_core\": "
      "%.4f}}\n",
      static_cast<unsigned long long>(count), per_member(full.rss, empty.rss), per_member(full.pss, empty.pss),
      per_member(full.private_bytes, empty.private_bytes), static_cast<unsigned long long>(seconds),
      static_cast<long long>(idle_cpu),
      static_cast<double>(idle_cpu) / static_cast<double>(count) / static_cast<double>(seconds),
      static_cast<double>(idle_cpu) / 1e7 / static_cast<double>(seconds));
}

}  // namespace bench
