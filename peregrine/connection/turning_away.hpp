// What is said to a connection that has no place here, before anything is read of it but its first bytes: these tell in
// which protocol it is to be said. No parser and no TLS session is made for it.
#pragma once

#include "peregrine/connection/obstacle.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace peregrine {

// How every HTTP/2 connection begins, and no request of HTTP/1.1: PRI is no method there (RFC 9113 §3.4).
constexpr std::string_view http2_begins = "PRI ";

enum class spoken : std::uint8_t {
  nothing_yet,  // too little has come to tell
  http1,
  http2,
  tls,
};

// By the first bytes of a client, all that have come.
spoken spoken_by(std::string_view first) noexcept;

// HTTP/1.1: 503 with Retry-After, in seconds, and a sentence. HTTP/2: GOAWAY, nothing of what was asked was looked at,
// and the sentence as its debug data (RFC 9113 §6.8). TLS: the alert internal_error, which is for what makes it
// impossible to go on and has nothing to do with the peer (RFC 8446 §6.2); a 503 would cost the handshake that is to be
// spared.
std::string farewell_in(spoken protocol, obstacle met, unsigned retry_after);

}  // namespace peregrine
