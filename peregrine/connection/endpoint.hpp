// What connections of one kind share: their limits and their counts. A server has one, a client has one.
#pragma once

#include "peregrine/connection/obstacle.hpp"
#include "peregrine/websocket/reader.hpp"

#include <chrono>
#include <cstdint>
#include <map>

namespace peregrine {

struct connection_options {
  websocket::reader_options reader;                 // whose role it is, the longest message, fragments
  std::uint32_t outbox_limit = 1024 * 1024;         // bytes queued for a peer that does not read; beyond it 1008
  std::chrono::milliseconds ping_interval{25'000};  // a peer silent for so long is pinged, 4h at most; 0: never
  std::chrono::milliseconds idle_timeout{60'000};   // and after so long given up, 4h at most; 0: never
  std::chrono::milliseconds close_timeout{5'000};   // for the peer's part of the closing handshake
};

struct connection_counts {
  std::uint64_t opened = 0;
  std::uint64_t live = 0;
  std::map<std::uint16_t, std::uint64_t> closed;  // by close code, ours or the peer's, whichever came first
  std::uint64_t slow_consumers = 0;               // closed because they did not read
  std::uint64_t idle = 0;                         // given up because they were silent
  obstacle_counts turned_away{};                  // before they were connections
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;  // posted or sent, a batch as one
};

struct endpoint {
  connection_options options;
  connection_counts counts;
};

}  // namespace peregrine
