// The broker of a worker: its end of the bus (room/broker.hpp has what is promised).
//
// While the bus is away what is published waits here, up to a limit and then with whoever publishes. What was on its
// way in a bus that breaks is lost.
#pragma once

#include "peregrine/base/duration_counts.hpp"
#include "peregrine/room/broker.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/worker/line.hpp"

#include <cstddef>
#include <cstdint>

namespace peregrine::worker {

class bus_broker final : public broker, private line::owner, private event_target {
 public:
  bus_broker() = default;
  ~bus_broker() override { way_.close(); }

  // The line to the exchange; a new one takes the place of the one before. All interest is told anew.
  void connect(stream_ptr way);
  void disconnect() noexcept { way_.close(); }

  void attach(audience& hears) override { audience_ = &hears; }
  // Messages of at most 64 MiB.
  carried publish(std::string_view room, const message& said) override;
  void subscribe(std::string_view room) override;
  void unsubscribe(std::string_view room) override;
  void report_congestion(std::string_view room, bool is_congested) override;

  std::uint64_t missed() const noexcept { return missed_; }  // messages that the exchange let go
  // From the turn in which a worker said a message to the one in which it came here.
  const duration_counts& lag() const noexcept { return lag_; }

 private:
  void on_packet(line& from, const packet& heard) override;
  void on_written(line& through) override;
  void on_ended(line& gone, std::string_view why) override;
  void on_turn() override;
  void tell(kind what, std::string_view room);

  audience* audience_ = nullptr;
  line way_{*this};
  bool is_full_ = false;  // somebody was told to go slowly
  std::uint64_t missed_ = 0;
  duration_counts lag_;
};

}  // namespace peregrine::worker
