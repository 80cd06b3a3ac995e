// Sec-WebSocket-Extensions (RFC 6455 §9.1) and what permessage-deflate says in it (RFC 7692 §7.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace peregrine::websocket {

inline constexpr std::uint8_t max_window_bits = 15;

// What a side wishes for, offers, or what both agreed upon. Window bits are 8…15; none means not stated, which is 15
// (in a client's offer: the server may choose the client's window).
struct deflate_parameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<std::uint8_t> server_max_window_bits = std::nullopt;
  std::optional<std::uint8_t> client_max_window_bits = std::nullopt;

  bool operator==(const deflate_parameters&) const = default;
};

// No state between messages on either side: one deflater and one inflater serve all connections of a thread.
inline constexpr deflate_parameters stateless_deflate{true, true, {}, {}};

enum class negotiation : std::uint8_t {
  declined,   // nothing here that we can take: go on without
  agreed,     // `agreed` holds the outcome
  malformed,  // not what §9.1 allows: fail the handshake
};

struct negotiated {
  negotiation outcome = negotiation::declined;
  deflate_parameters agreed;
};

// The server's answer to one Sec-WebSocket-Extensions field: the first offer that it can take, or declined. Without a
// wish (null) it checks the syntax alone.
negotiated accept_offer(std::string_view offers, const deflate_parameters* wish) noexcept;

// The client's view of the server's answer to `offer` (null: there was none). An answer that accepts what was not
// offered, or not as it was offered, is malformed: RFC 7692 §7.1 has the client fail the connection.
negotiated check_accepted(std::string_view answer, const deflate_parameters* offer) noexcept;

// The field's value: an offer always tells that the client can choose its window.
void append_offer(std::string& out, const deflate_parameters& offer);
void append_accepted(std::string& out, const deflate_parameters& agreed);

}  // namespace peregrine::websocket
