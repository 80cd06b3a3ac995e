// What a process of the server tells of itself on the board, once a second and when it is asked, and what all of them
// together are. A server of one process has a board of its own.
#pragma once

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/server/room_survey.hpp"
#include "peregrine/worker/board.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

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
  std::uint64_t rooms = 0;                         // a room with members in several workers is counted in each
  std::uint64_t longest_turn = 0;                  // ns, of a worker in its last second
  std::map<std::uint16_t, std::uint64_t> closed;   // by close code
  std::map<std::uint16_t, std::uint64_t> refused;  // by HTTP status
  obstacle_counts turned_away{};                   // of these, by what stood in their way
};

class worker_figures final : private event_target {
 public:
  // Writes from here on at `place` of the board. `missed` tells how many messages of the bus were. All outlive this.
  worker_figures(const worker::board& all, worker::figures& place, const acceptor& door, const hub& rooms,
                 std::function<std::uint64_t()> missed);

  // What this process is doing, at once.
  void enter(worker::activity now);

  std::uint64_t number() const noexcept;
  bool is_alone() const { return all_.living().size() == 1; }

  // This process's as they are now, the others' as of the last second.
  totals of_all();
  // A line for each worker, where there are several.
  std::string stats_lines() const;
  // The largest rooms over all workers: of each of these the largest that it has.
  room_sizes rooms_of_all(std::size_t most);

 private:
  void on_timeout() override;
  void write();

  const worker::board& all_;
  worker::figures& place_;
  const acceptor& door_;
  const hub& rooms_;
  std::function<std::uint64_t()> missed_;
  room_survey survey_;
};

}  // namespace peregrine::server
