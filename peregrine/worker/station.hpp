// What a process that the supervisor has started knows of its place: which it is, and its channel to the supervisor.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/runtime/poller.hpp"
#include "peregrine/worker/channel.hpp"
#include "peregrine/worker/ring_stream.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::worker {

enum class role : std::uint8_t {
  worker,
  exchange,  // carries what workers say to each other
  admin,     // reads the board and talks on the bus, and serves nobody else
};

class station final : private watched {
 public:
  // Null where nobody supervises this process. Takes the place out of the environment, so that it is taken once.
  static std::unique_ptr<station> from_environment();

  // What a process is told with its very start.
  struct place {
    role what = role::worker;
    std::uint64_t number = 0;
    bool is_reload = false;  // old processes serve, and go on if this one can't
    std::string terms;       // supervision::terms
  };

  // For the supervisor: `name=value` of the environment of a process that is to have this place.
  static std::string to_environment(const place& given, int descriptor);

  station(place given, channel line) : place_(std::move(given)), line_(std::move(line)) {}

  role what() const noexcept { return place_.what; }
  std::uint64_t number() const noexcept { return place_.number; }
  bool is_reload() const noexcept { return place_.is_reload; }
  const std::string& terms() const noexcept { return place_.terms; }

  // A worker's or the administration's, before it has a reactor: what it serves with. Waits for it.
  struct tools {
    ring_stream::files bus;      // the way to the exchange
    int board;                   // the figures of all workers
    int admission;               // and whom they count at the door
    int tickets;                 // the keys of their TLS tickets
    std::size_t place_on_board;  // where this one's are, in either
    std::vector<int> listeners;  // sockets that listen
  };
  result<tools> receive_tools();

  // A worker's: it serves, and when it is asked to end it may take so long.
  void report_ready(std::chrono::milliseconds leave) const;
  // The supervisor's: that time, if this is what it says.
  static std::optional<std::chrono::milliseconds> read_ready(std::string_view said);

  // On the current reactor. `on_bus` is called with a way to another process: a worker's to a new exchange; an
  // exchange's to a worker, with its number. `on_end` when the supervisor is gone.
  using bus_taker = std::function<void(ring_stream::files way, std::uint64_t worker)>;
  result<> watch(bus_taker on_bus, std::function<void()> on_end);

 private:
  void on_ready(std::uint32_t events) override;

  place place_;
  channel line_;
  bus_taker on_bus_;
  std::function<void()> on_end_;
};

}  // namespace peregrine::worker
