// What the workers and the exchange say to each other on the bus: packets, one behind the other, on a stream.
//
//     kind 1 byte │ nothing 1 byte │ length of the room's name 2 bytes │ length of the body 4 bytes │ name │ body
//
// Numbers stand as this machine keeps them: both ends are on it, and are this program. It may be this program of two
// versions, while a new one takes over from an old one, so each end begins with `hello` and the version of this form.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/connection/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace peregrine::worker {

inline constexpr std::uint64_t bus_version = 2;

enum class kind : std::uint8_t {
  hello,        // body: the version, 8 bytes; the first packet of either end
  subscribe,    // a worker has its first member in the room
  unsubscribe,  // and its last one has left
  message,      // body: one message, encoded as a server's frame; before it when it was said, 8 bytes
  congested,    // from a worker: its members are not served fast enough; from the exchange: whoever publishes waits
  relieved,     // and that is over
  missed,       // body: how many messages were let go because this worker did not take them, 8 bytes
  alive,        // from the exchange: is anybody there? And the answer
};

struct packet {
  kind what = kind::hello;
  std::string_view room;
  bytes body;
  std::uint64_t said =
      0;        // of a message: when, in nanoseconds of the machine's monotonic clock, all processes' the same
  bytes whole;  // as it came, to be passed on

  std::uint64_t number() const noexcept;  // the body of `hello` and `missed`
};

inline constexpr std::size_t packet_header = 8;
inline constexpr std::size_t longest_body = std::size_t{64} * 1024 * 1024 + 24;  // a message of 64 MiB
inline constexpr std::size_t longest_room = 0xffff;

void append_packet(std::vector<std::byte>& out, kind what, std::string_view room = {}, bytes body = {});
void append_number(std::vector<std::byte>& out, kind what, std::uint64_t number);
// Encodes the message as a frame where it stands; said at `time`.
void append_message(std::vector<std::byte>& out, std::string_view room, const message& said, std::uint64_t time);

// Takes packets out of bytes, however these were cut. Keeps only a part of one.
class packet_reader {
 public:
  enum class outcome { need_more, packet, malformed };

  // Takes from `input` what belongs to the next packet. It is `current()` until the next call or until the input goes.
  // After `malformed` the reader is of no more use.
  outcome next(bytes& input);

  const packet& current() const noexcept { return current_; }
  std::string_view why() const noexcept { return why_; }  // the packet is malformed

 private:
  bool fill(bytes& input, std::size_t size);
  bool read_header(bytes header);
  outcome finish(bytes whole);

  std::vector<std::byte> kept_;
  bool is_spent_ = false;  // what is kept is `current_`
  std::size_t room_ = 0;
  std::size_t body_ = 0;  // with the time before a message
  packet current_;
  std::string_view why_;
};

}  // namespace peregrine::worker
