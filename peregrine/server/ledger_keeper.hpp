// Keeps the ledger of this process on the board: each second in which something happened, every ten seconds while
// nothing does, and when somebody asks.
#pragma once

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/server/lull.hpp"
#include "peregrine/worker/board.hpp"
#include "peregrine/worker/ledger_book.hpp"

#include <string>

namespace peregrine::server {

class ledger_keeper final : private event_target {
 public:
  // To be made when the process listens and nobody is there. `place` is its own on the board; all outlive this.
  ledger_keeper(const worker::board& all, worker::figures& place, const acceptor& door, const hub& rooms);

  // What connections cost, in all processes of the server: of this one as it is now, of the others as of the last
  // second.
  std::string allocations();

 private:
  void on_timeout() override;
  void count();

  const worker::board& all_;
  worker::figures& place_;
  const acceptor& door_;
  const hub& rooms_;
  worker::ledger_book book_;
  lull quiet_{door_, rooms_};
};

}  // namespace peregrine::server
