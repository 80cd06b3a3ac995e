// What the administration wants of every process that serves connections, and how that is done: they hear of it by a
// name on the bus that is no room's. Each looks through its own connections in slices, so that its loop goes on.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/worker/board.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace peregrine::admin {

// To close connections with 1008: those in a room; those from an address, "10.0.0.1" or "[2001:db8::1]", or with a
// port, "10.0.0.1:5000"; or the one that logs name so, "10.0.0.1:5000 stream 3" where HTTP/2 carries it.
struct closing {
  enum class by : std::uint8_t { room, address, id };
  by what;
  std::string value;

  // From the query of a request: "room=/lobby". An address may be written in any way, "2001:DB8:0::1" too, and becomes
  // what logs have. The error says what was expected.
  static result<closing> parse(std::string_view query);
};

// Tells all processes, this one too if it carries them out. False while the way to them is full.
bool order(hub& rooms, const closing& wanted);

// Carries orders out in this process. All that it is given outlives it.
class order_taker final : private event_target {
 public:
  // In `closed` it counts the connections that it has closed.
  order_taker(hub& rooms, acceptor& door, worker::figure& closed);

 private:
  void take(bytes order);
  void on_turn() override;
  bool close_some_of(const closing& now);  // false: there are no more
  void close(connection& who);

  hub& rooms_;
  acceptor& door_;
  std::deque<closing> waiting_;
  std::size_t next_ = 0;  // where the first of them goes on
  worker::figure& closed_;
};

}  // namespace peregrine::admin
