// The parent of the workers: owns the listening sockets, starts the processes, and starts those anew that have fallen.
// No byte of a connection passes through it.
//
//     SIGTERM, SIGINT   every worker closes its connections and ends, then the supervisor; a second one hurries them,
//                       and who has not ended seconds later is made to
//     SIGHUP            new workers on the same sockets, with what the configuration says now; when all of them serve,
//                       the old ones take their leave. Refused while the old ones of two earlier ones still do
//     SIGUSR2           likewise, of the program that is now on disk
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/worker/service_manager.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace peregrine::worker {

struct supervision {
  std::vector<address> addresses;  // each worker listens at each
  std::uint64_t workers = 1;
  std::optional<int> admin_socket;          // that listens, for a process that administers; nothing: there is none
  std::chrono::milliseconds start{60'000};  // that a process may take to serve, before it is ended and counts as fallen
  std::chrono::milliseconds leave{10'000};  // that one may take to end when asked to, before it is made to, unless it
                                            // says another time when it serves
  std::string terms;  // what is settled for as long as this server lives: each process is told, and understands it

  // Is told of what happens, and outlives this; null: nobody is.
  service_manager* manager = nullptr;

  // Called once, when all workers serve: with the addresses and the ports that the system chose where 0 was asked for.
  std::function<result<>(const std::vector<address>&)> on_serving;
};

// On a thread without a reactor. Returns when signals have ended it; an error is what kept the first workers from
// serving, or that some had to be ended by force.
result<> supervise(const supervision& wanted);

}  // namespace peregrine::worker
