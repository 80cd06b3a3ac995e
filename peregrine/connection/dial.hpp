// The client's way in: connects, does the opening handshake, and hands over a connection.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/connection/connection.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/net/tcp_stream.hpp"
#include "peregrine/runtime/task.hpp"
#include "peregrine/tls/context.hpp"
#include "peregrine/websocket/handshake.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace peregrine {

// What clients share: limits and counts, in the client's role.
struct client_endpoint final : endpoint {
  explicit client_endpoint(connection_options limits = {}) {
    options = limits;
    options.reader.role = websocket::role::client;
  }
};

// Why a dial came to nothing: by kind, for who counts, and in words.
struct dial_failure {
  enum class kind : std::uint8_t {
    limit,        // of this machine: files, ports, memory
    refused,      // by the host: nobody listens there
    reset,        // the connection was broken or ended during the handshake
    unreachable,  // any other failure of the network
    timeout,
    tls,        // no session came about, or it broke: a certificate that is no good, for one
    status,     // an HTTP status other than 101
    handshake,  // an answer that is no WebSocket handshake
  };
  kind why;
  int code = 0;  // an errno, or the HTTP status
  std::string message;

  // What the network, or this machine, did: `code` is an errno, `message` explains it.
  static dial_failure of_network(int code, std::string message);
};

// What is spoken by `dial`, as ALPN names it (RFC 7301).
inline constexpr std::array<std::string_view, 1> dialled_protocols{"http/1.1"};

struct dial_options {
  address to;
  std::optional<address> source;                 // the local address to connect from
  websocket::invitation ask;                     // what it views must live until the dial ends
  std::chrono::milliseconds timeout{10'000};     // for all of it
  const tls::client_context* secured = nullptr;  // TLS; lives until the dial ends; null: in the clear
  std::string host = {};                         // with TLS, whose certificate is expected: the URL's host
};

// A stream on its way to the server, with TLS where that was asked for: its owner is called once `socket` was started.
struct approach {
  stream_ptr carried;
  tcp_stream* socket = nullptr;
};
result<approach> connect(const dial_options& options, tls::protocol_list offered = dialled_protocols);

// The outcome of a dial: a connection, or why there is none.
struct dialed {
  connection_ptr opened;
  std::optional<dial_failure> failure;
  std::string subprotocol;
};

// `home` and `options` outlive the dial, `home` the connection too.
task<dialed> dial(const dial_options& options, endpoint& home);

// The handshake alone, on a stream that is connected or connecting.
task<dialed> dial(stream_ptr carried, const dial_options& options, endpoint& home);

}  // namespace peregrine
