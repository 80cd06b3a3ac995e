// The listening sockets of a server with several workers: opened once, by the supervisor, so that a connection that
// waits in one is not lost with a worker.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/net/address.hpp"

#include <cstdint>
#include <vector>

namespace peregrine::worker {

class listening_sockets {
 public:
  // For each worker one at each address, or all the one that was handed over to this process for it. Fails where
  // another program listens there already.
  static result<listening_sockets> open(const std::vector<address>& addresses, std::uint64_t workers);

  listening_sockets(listening_sockets&& other) noexcept = default;
  listening_sockets& operator=(listening_sockets&&) = delete;
  ~listening_sockets();

  const std::vector<int>& of_worker(std::uint64_t number) const { return sockets_[number]; }
  const std::vector<address>& addresses() const noexcept { return addresses_; }  // with their ports

 private:
  listening_sockets() = default;

  std::vector<address> addresses_;
  std::vector<std::vector<int>> sockets_;
};

}  // namespace peregrine::worker
