// What an operator may ask for in a room: /help, /stats, /rooms, /allocations. A fixed list; nothing is evaluated.
#pragma once

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"

#include <string>
#include <string_view>

namespace peregrine::server {

class operator_commands {
 public:
  operator_commands(const acceptor& door, const hub& rooms) : door_(door), rooms_(rooms) {}

  // The answer as a message for the asker: {"command": …, "user": "server", "text": …}.
  std::string run(std::string_view command) const;

 private:
  std::string stats() const;
  std::string rooms() const;
  std::string allocations() const;

  const acceptor& door_;
  const hub& rooms_;
};

}  // namespace peregrine::server
