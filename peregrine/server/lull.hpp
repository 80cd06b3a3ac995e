// How long nothing has happened in this process: nobody came, went, spoke or was spoken to. Pings don't count.
#pragma once

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"

#include <cstdint>

namespace peregrine::server {

class lull {
 public:
  // Both outlive this.
  lull(const acceptor& door, const hub& rooms) noexcept : door_(door), rooms_(rooms) {}

  // To be called once a second: for how many calls it has lasted, 0 while something happens, and at first.
  std::uint64_t seconds() noexcept;

 private:
  const acceptor& door_;
  const hub& rooms_;
  std::uint64_t events_ = ~std::uint64_t{0};  // so far: none that is counted yet
  std::uint64_t seconds_ = 0;
};

}  // namespace peregrine::server
