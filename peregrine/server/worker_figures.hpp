// What a process of the server tells of itself on the board, once a second and when it is asked, and what all of them
// together are. A server of one process has a board of its own.
#pragma once

#include "peregrine/admin/summary.hpp"
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/server/room_survey.hpp"
#include "peregrine/worker/board.hpp"
#include "peregrine/worker/bus_broker.hpp"

#include <cstdint>

namespace peregrine::server {

class worker_figures final : private event_target {
 public:
  // Writes from here on at `place` of the board. With other workers `bus` is the way to them. All outlive this.
  worker_figures(const worker::board& all, worker::figures& place, const acceptor& door, const hub& rooms,
                 const worker::bus_broker* bus);

  // What this process is doing, at once.
  void enter(worker::activity now);

  bool is_alone() const { return all_.living().size() == 1; }

  // This process's as they are now, the others' as of the last second.
  admin::summary of_all();
  // The largest rooms over all workers: of each of these the largest that it has.
  room_sizes rooms_of_all(std::size_t most);

 private:
  void on_timeout() override;
  void write();

  const worker::board& all_;
  worker::figures& place_;
  const acceptor& door_;
  const hub& rooms_;
  const worker::bus_broker* bus_;
  room_survey survey_;
};

}  // namespace peregrine::server
