// What was measured: the memory of one end of an idle WebSocket, in bytes. The one place where these figures stand.
#pragma once

#include <cstdint>

namespace peregrine::doctor {

enum class protocol { http1, http2 };

namespace measured {

// HTTP/1.1 without TLS: the connection, its handler, its place in a room.
constexpr std::uint64_t user = 254;
// What OpenSSL keeps of an idle TLS 1.3 session, its buffers released.
constexpr std::uint64_t user_of_tls = 14'500;
// HTTP/2: a WebSocket with its share of the session.
constexpr std::uint64_t user_of_stream = 1'000;
constexpr std::uint64_t streams_per_connection = 128;

// A TCP connection in the kernel: file, dentry, inode, socket, epoll's entry are 3,848 bytes of objects. The rest is
// what the pages that they lie in have to spare.
constexpr std::uint64_t kernel = 3'848 + 252;
// Of these, a control group of version 1 is not charged for the socket itself when it came by accept().
constexpr std::uint64_t kernel_accepted_in_group_1 = 1'500;

// What a process takes before anybody is there.
constexpr std::uint64_t process = std::uint64_t{1536} * 1024;
// What it holds open beside its connections: standard streams, epoll, listeners, signals, a little to spare.
constexpr std::uint64_t own_files = 32;

}  // namespace measured

// WebSockets on one TCP connection.
constexpr std::uint64_t per_connection(protocol carried) noexcept {
  return carried == protocol::http2 ? measured::streams_per_connection : 1;
}

// Bytes of one end of one WebSocket where the kernel takes so many for each TCP connection.
constexpr std::uint64_t bytes_per_websocket(protocol carried, bool tls, std::uint64_t kernel) noexcept {
  const auto shared = kernel + (tls ? measured::user_of_tls : 0);
  if (carried == protocol::http1) return measured::user + shared;
  constexpr auto sharers = measured::streams_per_connection;
  return measured::user_of_stream + (shared + sharers - 1) / sharers;
}

}  // namespace peregrine::doctor
