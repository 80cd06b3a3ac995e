// permessage-deflate (RFC 7692 §7.2): messages in and out of raw DEFLATE.
//
// With context takeover each connection has its own deflater or inflater, which holds what earlier messages left (up to
// 256 KiB and 40 KiB). Without, one serves all connections of a thread: shared_deflater(), shared_inflater().
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/websocket/extensions.hpp"
#include "peregrine/websocket/frame.hpp"

#include <cstdint>
#include <memory>

struct z_stream_s;

namespace peregrine::websocket {

enum class context_takeover : bool { no, yes };

// Bytes that grow with what is written, and let go of what a big message made of them.
class deflate_buffer {
 public:
  std::byte* data() const noexcept { return bytes_.get(); }
  std::size_t capacity() const noexcept { return capacity_; }
  void grow(std::size_t used, std::size_t capacity);  // keeps the first `used` bytes
  void shrink(std::size_t to) noexcept;               // frees what is larger

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
};

class deflater {
 public:
  explicit deflater(context_takeover takeover, std::uint8_t window_bits = max_window_bits);

  // The payload for a frame with RSV1 (writer: compressed = true), without the trailing 00 00 ff ff (§7.2.1). Valid
  // until the next call on this deflater. Throws std::bad_alloc.
  bytes compress(bytes message);

  // Frees the last result, if it was a big one or this deflater is one connection's own.
  void release() noexcept;

 private:
  struct end {
    void operator()(z_stream_s* stream) const noexcept;
  };
  std::unique_ptr<z_stream_s, end> stream_;
  deflate_buffer out_;
  context_takeover takeover_;
};

struct inflated {
  bytes payload;
  const violation* broken = nullptr;  // 1009 beyond the limit, 1007 for what is no DEFLATE
};

class inflater {
 public:
  // A smaller window saves memory; whether a peer that looks back beyond it is refused is left to zlib.
  explicit inflater(context_takeover takeover, std::uint8_t window_bits = max_window_bits);

  // The message that `payload`, all of a message's frames with RSV1 put together, stands for (§7.2.2). Stops as soon as
  // it exceeds `max_message` bytes. Valid until the next call on this inflater, by whichever connection, or release().
  // After a violation an inflater with context takeover is of no more use. Throws std::bad_alloc.
  inflated inflate(bytes payload, std::size_t max_message);

  void release() noexcept;  // as deflater's

 private:
  struct end {
    void operator()(z_stream_s* stream) const noexcept;
  };
  const violation* run(bytes piece, std::size_t& used, std::size_t max_message);

  std::unique_ptr<z_stream_s, end> stream_;
  deflate_buffer out_;
  context_takeover takeover_;
};

// This thread's, without context takeover.
deflater& shared_deflater(std::uint8_t window_bits = max_window_bits);
inflater& shared_inflater();

}  // namespace peregrine::websocket
