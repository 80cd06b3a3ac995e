// What an operator may ask for in a room: /help, /stats, /rooms, /allocations. A fixed list; nothing is evaluated.
#pragma once

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/server/worker_figures.hpp"

#include <string>
#include <string_view>

namespace peregrine::server {

class operator_commands {
 public:
  // `workers` where this process is one of several: then the answers are those of all.
  operator_commands(const acceptor& door, const hub& rooms, worker_figures* workers = nullptr)
      : door_(door), rooms_(rooms), workers_(workers) {}

  // The answer as a message for the asker: {"command": …, "user": "server", "text": …}.
  std::string run(std::string_view command) const;

 private:
  std::string stats() const;
  std::string rooms() const;
  std::string allocations() const;

  const acceptor& door_;
  const hub& rooms_;
  worker_figures* workers_;
};

}  // namespace peregrine::server
