// The journey's server: this same program, as `peregrine serve`, in a process of its own.
#pragma once

#include "peregrine/base/result.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace peregrine::journey {

struct server_wanted {
  bool plain = false;  // without TLS; else with localhost's own certificate
  std::uint64_t workers = 1;
  std::chrono::milliseconds ping_interval{25'000};  // and what is silent for two of them is gone
};

class server_process {
 public:
  // Waits until it listens, on a port of 127.0.0.1 that the system chose.
  static result<server_process> start(const server_wanted& wanted);

  server_process(server_process&& other) noexcept;
  server_process& operator=(server_process&&) = delete;
  ~server_process();  // ends it at once, if `stop` did not

  // All of it: where there are several workers, their supervisor and the exchange too.
  std::vector<pid_t> processes() const;
  std::uint16_t port() const noexcept { return port_; }

  // Asks it to end and waits; one that does not is ended. False if it had to be, or had fallen by itself before.
  bool stop();

 private:
  server_process(pid_t process, std::uint16_t port) noexcept : process_(process), port_(port) {}

  pid_t process_;  // 0: none
  std::uint16_t port_;
};

}  // namespace peregrine::journey
