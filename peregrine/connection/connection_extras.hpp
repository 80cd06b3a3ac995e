// For the connection's own sources.
#pragma once

#include "peregrine/connection/connection.hpp"
#include "peregrine/websocket/deflate.hpp"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace peregrine {

struct connection::extras {
  std::vector<std::byte> unread;  // came while the handler was busy
  std::size_t unread_begin = 0;
  std::coroutine_handle<> sender;
  const void* sending = nullptr;                  // the awaiter of that: one that nobody awaits is destroyed as well
  std::optional<std::uint16_t> stalled_since;     // in ticks: the peer was seen to take nothing of what waits for it
  std::unique_ptr<websocket::inflater> inflater;  // only with context takeover
  std::string peer_reason;                        // of its close frame, for a client
};

}  // namespace peregrine
