// What a server is doing, over all of its processes: the sum of what stands on the board.
#pragma once

#include "peregrine/base/duration_counts.hpp"
#include "peregrine/connection/endpoint.hpp"
#include "peregrine/worker/board.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace peregrine::admin {

struct worker_summary {
  std::uint64_t number = 0;
  std::uint64_t process = 0;
  std::uint64_t live = 0;
  std::uint64_t opened = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t delivered = 0;
  std::uint64_t missed = 0;
  std::uint64_t rooms = 0;
  std::uint64_t longest_turn = 0;  // ns, in its last second
  std::uint64_t sockets = 0;
  std::uint64_t most_files = 0;  // that it may have open
};

// Counts are since the server's start, those of processes that are gone among them.
struct summary {
  double time = 0;     // s since 1970
  double started = 0;  // likewise
  bool is_ready = false;
  bool is_draining = false;

  std::uint64_t live = 0;
  std::uint64_t opened = 0;
  std::array<std::uint64_t, transports> live_by{};  // by transport_of()
  std::array<std::uint64_t, transports> opened_by{};
  std::map<std::uint16_t, std::uint64_t> closed;  // by close code
  std::map<std::string, std::uint64_t> refused;   // by reason
  std::uint64_t slow_consumers = 0;
  std::uint64_t silent = 0;
  std::uint64_t closed_by_order = 0;
  std::uint64_t http2_live = 0;
  std::uint64_t http2_opened = 0;
  std::uint64_t http2_resets = 0;

  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;  // delivered, or sent to one alone
  std::uint64_t payload_in = 0;    // bytes
  std::uint64_t payload_out = 0;
  std::uint64_t wire_in = 0;
  std::uint64_t wire_out = 0;
  std::uint64_t outbox_bytes = 0;

  std::uint64_t rooms = 0;  // one with members in several workers is counted in each
  std::uint64_t published = 0;
  std::uint64_t delivered = 0;
  std::uint64_t missed = 0;

  duration_counts handshakes;
  duration_counts broadcasts;
  duration_counts broadcast_lag;
  std::uint64_t longest_turn = 0;  // ns, of any worker in its last second
  std::vector<worker_summary> workers;
};

summary summarize(const worker::board& all);

// Rooms, and how many are in each, the largest first: of each worker those that it tells of.
std::vector<std::pair<std::string, std::uint64_t>> largest_rooms(const worker::board& all, std::size_t most);

}  // namespace peregrine::admin
