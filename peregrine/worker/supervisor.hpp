// The parent of the workers: owns the listening sockets, starts the processes, and starts those anew that have fallen.
// No byte of a connection passes through it.
//
//     SIGTERM, SIGINT   every worker closes its connections and ends, then the supervisor; a second one hurries them
//     SIGHUP            new workers on the same sockets, with what the configuration says now; when all of them serve,
//                       the old ones take their leave
//     SIGUSR2           likewise, of the program that is now on disk
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/worker/service_manager.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace peregrine::worker {

struct supervision {
  std::vector<address> addresses;  // each worker listens at each
  std::uint64_t workers = 1;
  std::optional<int> admin_socket;          // that listens, for a process that administers; nothing: there is none
  std::chrono::milliseconds leave{10'000};  // that a worker may take to end when it is asked to, before it is made to

  // Is told of what happens, and outlives this; null: nobody is.
  service_manager* manager = nullptr;

  // Called once, when all workers serve: with the addresses and the ports that the system chose where 0 was asked for.
  std::function<result<>(const std::vector<address>&)> on_serving;
};

// On a thread without a reactor. Returns when signals have ended it; an error is what kept the first workers from
// serving, or that some had to be ended by force.
result<> supervise(const supervision& wanted);

}  // namespace peregrine::worker
