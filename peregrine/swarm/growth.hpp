// How memory grew with the connections: looked at again and again while a swarm opens.
#pragma once

#include "peregrine/base/kernel_memory.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace peregrine::swarm {

// What was added since before the first connection, in bytes.
struct memory_sample {
  std::uint64_t connections = 0;
  std::uint64_t time = 0;               // ns since the first was dialled
  std::uint64_t client = 0;             // user memory of the swarm's processes
  std::optional<std::uint64_t> server;  // of the server's, where somebody tells it
  std::uint64_t kernel_objects = 0;     // of the whole machine: both ends, if both are here
  std::uint64_t kernel_buffers = 0;
};

// Bytes of user memory that the server's processes hold now, all together; nothing if nobody knows.
using server_memory = std::function<std::optional<std::uint64_t>()>;

class growth {
 public:
  static constexpr std::uint64_t most = 60;               // samples, beside the first and the last
  static constexpr std::uint64_t interval = 100'000'000;  // ns between two, at least: each costs some milliseconds

  explicit growth(
      server_memory server, std::function<kernel_memory()> kernel = [] { return measure_kernel(); })
      : server_(std::move(server)), kernel_(std::move(kernel)) {}

  // Before the first is dialled; `expected` is how many there will be.
  void begin(std::uint64_t expected, std::uint64_t time);
  // What has been reached. Looks only when it is time.
  void go_on(std::uint64_t connections, std::uint64_t client, std::uint64_t time);
  // All that could be opened are open. Always looks.
  void end(std::uint64_t connections, std::uint64_t client, std::uint64_t time);

  // The first has nothing in it.
  const std::vector<memory_sample>& samples() const noexcept { return samples_; }

 private:
  void look(std::uint64_t connections, std::uint64_t client, std::uint64_t time);

  server_memory server_;
  std::function<kernel_memory()> kernel_;
  std::optional<std::uint64_t> server_before_;
  kernel_memory kernel_before_;
  std::uint64_t began_ = 0;
  std::uint64_t step_ = 1;
  std::uint64_t next_ = 1;
  std::uint64_t looked_at_ = 0;
  std::vector<memory_sample> samples_;
};

}  // namespace peregrine::swarm
