// The largest rooms of a process. There may be as many rooms as connections, so they are looked at in slices, with
// pauses between them: of a million all are seen in half a minute, and nobody waits.
#pragma once

#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace peregrine::server {

// Rooms, and how many are in each.
using room_sizes = std::vector<std::pair<std::string, std::uint64_t>>;

class room_survey final : private event_target {
 public:
  // `rooms` outlives it. Lists `most` rooms.
  room_survey(const hub& rooms, std::size_t most) : rooms_(rooms), most_(most) {}

  // Looks at them anew, unless it is still at it: few at once, many from here on.
  void begin();

  // As they were when it was last done, the largest first.
  const room_sizes& largest() const noexcept { return largest_; }

 private:
  void on_timeout() override { go_on(); }
  void go_on();
  void consider(const room& each);

  const hub& rooms_;
  std::size_t most_;
  bool is_under_way_ = false;
  std::size_t next_ = 0;
  room_sizes found_;  // a heap, the smallest first
  room_sizes largest_;
};

}  // namespace peregrine::server
