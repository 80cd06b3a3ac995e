// The journey's server: this same program, as `peregrine serve`, in a process of its own.
#pragma once

#include "peregrine/base/result.hpp"

#include <sys/types.h>

#include <cstdint>

namespace peregrine::journey {

class server_process {
 public:
  // Waits until it listens, on a port of 127.0.0.1 that the system chose, with TLS and localhost's own certificate
  // unless it is to be plain.
  static result<server_process> start(bool plain);

  server_process(server_process&& other) noexcept;
  server_process& operator=(server_process&&) = delete;
  ~server_process();  // ends it at once, if `stop` did not

  pid_t process() const noexcept { return process_; }
  std::uint16_t port() const noexcept { return port_; }

  // Asks it to end and waits; one that does not is ended. False if it had to be, or had fallen by itself before.
  bool stop();

 private:
  server_process(pid_t process, std::uint16_t port) noexcept : process_(process), port_(port) {}

  pid_t process_;  // 0: none
  std::uint16_t port_;
};

}  // namespace peregrine::journey
