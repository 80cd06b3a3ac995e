// What makes a server's process one of several: the sockets that it is given, and its end of the bus.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/connection/admission_counts.hpp"
#include "peregrine/room/broker.hpp"
#include "peregrine/tls/ticket_keys.hpp"
#include "peregrine/worker/board.hpp"
#include "peregrine/worker/bus_broker.hpp"
#include "peregrine/worker/station.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace peregrine::worker {

class membership {
 public:
  // Before listeners are opened: these then take the sockets of the supervisor. `place` is that of a worker, or of the
  // administration, which has no figures.
  static result<std::unique_ptr<membership>> take(std::unique_ptr<station> place);

  broker& carrier() noexcept { return bus_; }
  const bus_broker& bus() const noexcept { return bus_; }

  // What this worker tells of itself, and what all do.
  worker::figures& figures() noexcept { return board_.at(place_on_board_); }
  const board& all() const noexcept { return board_; }

  // What is counted at the door of all workers, and where this one counts.
  admission_counts& admitted() noexcept { return admitted_; }
  std::size_t place() const noexcept { return place_on_board_; }

  const tls::ticket_keys& tickets() const noexcept { return tickets_; }

  // When everything listens and the broker has its audience: joins the bus and tells the supervisor that this worker
  // serves, and that it may take as long as `leave` to end. `on_end` is called when the supervisor is gone.
  result<> begin(std::chrono::milliseconds leave, std::function<void()> on_end);

 private:
  membership(std::unique_ptr<station> place, board shared, admission_counts admitted, tls::ticket_keys tickets,
             std::size_t place_on_board, ring_stream::files first_bus)
      : place_(std::move(place)),
        board_(std::move(shared)),
        admitted_(std::move(admitted)),
        tickets_(std::move(tickets)),
        place_on_board_(place_on_board),
        first_bus_(first_bus) {}
  result<> join(ring_stream::files way);

  std::unique_ptr<station> place_;
  board board_;
  admission_counts admitted_;
  tls::ticket_keys tickets_;
  std::size_t place_on_board_;
  ring_stream::files first_bus_;
  bus_broker bus_;
};

// What the exchange's process does until the supervisor is gone.
result<> run_exchange(station& place);

}  // namespace peregrine::worker
