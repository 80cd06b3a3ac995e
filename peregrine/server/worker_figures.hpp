// What a worker tells the others of itself, once a second and when it is asked, and what all of them together are.
#pragma once

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/worker/board.hpp"
#include "peregrine/worker/membership.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace peregrine::server {

// A server's figures, of one process or of all.
struct totals {
  std::uint64_t live = 0;
  std::uint64_t opened = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t published = 0;
  std::uint64_t delivered = 0;
  std::uint64_t slow_consumers = 0;
  std::uint64_t silent = 0;
  std::uint64_t longest_turn = 0;                  // ns
  std::map<std::uint16_t, std::uint64_t> closed;   // by close code
  std::map<std::uint16_t, std::uint64_t> refused;  // by HTTP status
  obstacle_counts turned_away{};                   // of these, by what stood in their way
};

totals of_this_process(const acceptor& door, const hub& rooms);

// The largest of a process's rooms, with how many are in them.
using room_sizes = std::vector<std::pair<std::string, std::uint64_t>>;
room_sizes largest_rooms(const hub& rooms, std::size_t most);

class worker_figures final : private event_target {
 public:
  // Writes from here on, at this worker's place. All outlive this.
  worker_figures(worker::membership& ours, const acceptor& door, const hub& rooms);

  std::uint64_t number() const noexcept { return ours_.number(); }

  // This worker's as they are now, the others' as of the last second.
  totals of_all();
  // A line for each worker.
  std::string stats_lines() const;
  // The largest rooms over all workers: of each of these the largest that it has.
  room_sizes rooms_of_all(std::size_t most);

 private:
  void on_timeout() override;
  void write();

  worker::membership& ours_;
  const acceptor& door_;
  const hub& rooms_;
};

}  // namespace peregrine::server
