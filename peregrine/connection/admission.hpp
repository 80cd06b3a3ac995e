// Who may come in: what stands in the way of one more connection, before anything else is known of it but its address.
// Who is here already stays.
//
// A place is a TCP connection; over HTTP/2 each WebSocket beyond its first is one more. So a WebSocket takes one place,
// whatever carries it.
#pragma once

#include "peregrine/connection/admission_counts.hpp"
#include "peregrine/connection/obstacle.hpp"
#include "peregrine/net/tcp_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>

namespace peregrine {

// Bytes that this process has in memory and shares with no other, by /proc.
std::uint64_t own_memory();

struct admission_options {
  std::uint32_t per_address = 0;  // places, of all workers together; 0: as many as they like
  std::uint64_t per_second = 0;   // new places, of all workers together; 0: likewise
  std::uint64_t files = 0;        // that this process may open; it keeps some of them for itself; 0: not looked at
  std::uint64_t memory = 0;       // bytes that this process may take, with the kernel's for its sockets; 0: likewise
  std::uint64_t kernel_per_socket = 0;  // bytes
  std::function<std::uint64_t()> memory_taken = own_memory;
};

class admission final : private tcp_stream::bookkeeper {
 public:
  // The descriptors beyond those that connections get: this many refused ones may be told why at a time, when that is
  // what they met, and the rest are for this process itself.
  static constexpr std::size_t files_to_refuse_with = 8;
  static constexpr std::size_t files_kept = files_to_refuse_with + 8;

  // `shared` outlives this; `place` is this process's. On this thread, whose sockets' ends it hears of.
  admission(admission_options chosen, admission_counts& shared, std::size_t place);
  admission(const admission&) = delete;
  admission& operator=(const admission&) = delete;
  ~admission();

  // A socket that was just accepted: what keeps it out, or nothing, and then it has a place until it is closed.
  std::optional<obstacle> enter(int socket);
  // A WebSocket more on an HTTP/2 connection that carries `others`.
  std::optional<obstacle> enter_beside(int socket, std::size_t others);
  // An HTTP/2 connection has only so many left.
  void keep(int socket, std::size_t websockets) noexcept;

  // Seconds after which to come back, no two the same, so that not all come back at once.
  unsigned retry_after(obstacle met);

  // Whether a socket that was kept out may stay open for a moment, until it has heard why.
  bool may_linger(int socket) const noexcept;

 private:
  void on_close(int socket) noexcept override;
  std::optional<obstacle> take(int socket, bool is_first);
  bool is_over_memory(int socket);
  bool is_countable(int socket) const noexcept;

  admission_options options_;
  admission_counts& shared_;
  std::size_t place_;
  std::minstd_rand random_{std::random_device{}()};

  std::uint64_t looked_at_ = 0;   // ms, when the memory was
  std::uint64_t trimmed_at_ = 0;  // likewise, when what was freed was given back
  unsigned since_look_ = 0;       // who came in
  bool is_over_memory_ = false;
};

}  // namespace peregrine
