// What a session keeps of a stream beside what the engine does: the windows of its DATA (RFC 9113 §6.9). Whoever is
// told of a stream holds it, one for each stream, until the stream is over or parted with.
#pragma once

#include "peregrine/http2/request_head.hpp"

#include <cstdint>

namespace peregrine::http2 {

struct tunnel {
  stream_id id = 0;
  std::int32_t send_window = 0;  // bytes that the peer takes now; below zero when it shrank the window (§6.9.2)
  std::uint32_t unread = 0;      // bytes that have come and are not consumed
  std::uint32_t credit = 0;      // bytes that are consumed, of which the peer was not told yet
  bool is_open : 1 = false;      // the head of the response has passed: DATA may follow
  bool peer_has_ended : 1 = false;
  bool waits_to_open : 1 = false;  // a write came before
  bool hears_content : 1 = false;  // of an ordinary request, which is to be answered when it is heard
};

}  // namespace peregrine::http2
