// How a server takes its leave: nobody new comes in, and who is there is closed, at once or evenly over a while.
#pragma once

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace peregrine::server {

// How many of `total` connections are to be closed when so much of the window has passed: evenly, but so few that a
// person would wait for them are closed sooner.
inline std::uint64_t due_closes(std::uint64_t total, std::chrono::milliseconds passed,
                                std::chrono::milliseconds window) {
  constexpr std::uint64_t least_per_second = 20;
  if (passed >= window) return total;
  const auto elapsed = static_cast<std::uint64_t>(passed.count());
  const auto evenly = total * elapsed / static_cast<std::uint64_t>(window.count());
  return std::min(total, std::max(evenly, elapsed * least_per_second / 1000));
}

enum class farewell : std::uint8_t {
  going_away,  // 1001 to everybody at once: a person ends the server
  restart,     // 1012 spread over the window, each with a hint of its own when to come back
};

// Turns the loop until everyone is gone, or the window has passed and who did not answer had their time, or there has
// been a second signal. `tells`: the log has how far it is, each second; else a supervisor says it of all its workers.
void drain(reactor& loop, acceptor& door, const hub& rooms, farewell how, std::chrono::milliseconds window,
           const int& signals_heard, bool tells);

}  // namespace peregrine::server
