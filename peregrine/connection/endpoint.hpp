// What connections of one kind share: their limits and their counts. A server has one, a client has one.
#pragma once

#include "peregrine/connection/obstacle.hpp"
#include "peregrine/websocket/reader.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

namespace peregrine {

struct connection_options {
  websocket::reader_options reader;                 // whose role it is, the longest message, fragments
  std::uint32_t outbox_limit = 1024 * 1024;         // bytes queued for a peer that does not read; beyond it 1008
  std::chrono::milliseconds ping_interval{25'000};  // a peer silent for so long is pinged, 4h at most; 0: never
  std::chrono::milliseconds idle_timeout{60'000};   // and after so long given up, as is who reads nothing of
                                                    // what waits for it; 4h at most; 0: never
  std::chrono::milliseconds close_timeout{5'000};   // for the peer's part of the closing handshake
};

// By what carries them: the index has 1 for TLS, and 2 for HTTP/2.
constexpr std::size_t transports = 4;
constexpr std::size_t transport_of(bool is_http2, bool is_secure) noexcept {
  return (is_http2 ? 2U : 0U) + (is_secure ? 1U : 0U);
}

struct connection_counts {
  std::uint64_t opened = 0;
  std::uint64_t live = 0;
  std::array<std::uint64_t, transports> opened_by{};
  std::array<std::uint64_t, transports> live_by{};
  std::map<std::uint16_t, std::uint64_t> closed;  // by close code, ours or the peer's, whichever came first
  std::uint64_t slow_consumers = 0;               // closed because they did not read
  std::uint64_t idle = 0;                         // given up because they were silent, or read nothing
  obstacle_counts turned_away{};                  // before they were connections
  std::uint64_t messages_in = 0;
  std::uint64_t payload_in = 0;    // bytes
  std::uint64_t sent = 0;          // messages to one peer alone; of what is posted to many, who posts keeps count
  std::uint64_t payload_sent = 0;  // bytes
};

struct endpoint {
  connection_options options;
  connection_counts counts;
};

}  // namespace peregrine
