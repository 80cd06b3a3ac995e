// A stream of bytes in both directions, whatever carries it: a TCP socket, a TLS session, one stream of an HTTP/2
// connection, or a pair in memory for tests. A WebSocket runs on a stream and does not know which.
//
// The stream pushes: it calls its owner when bytes have come, when it can take more, and when it has ended. The
// straight code of a handler stands one floor up, on connection::receive and send; this is the one callback below it.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace peregrine {

// It is something that the reactor can watch, for those that have a descriptor.
class stream : public watched {
 public:
  // Whoever sits on a stream. Within any of these calls the owner may hand the stream to another owner or close it.
  class owner : public event_target {
   public:
    // Bytes from the peer, in the loop's buffer: the owner may change them, and they are gone when it returns.
    virtual void on_bytes(mutable_bytes lent) = 0;

    // The last call: the peer has finished (0), or the transport has failed (an errno).
    virtual void on_end(int code) = 0;

    // The stream takes bytes again, after a `write` that took fewer than it was offered.
    virtual void on_writable() = 0;
  };

  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  // There must be an owner whenever the loop turns.
  void attach(owner& now) noexcept { owner_ = &now; }

  // Takes as many bytes as the transport will have at once, and says how many; the rest stays with the owner, who is
  // told by `on_writable` when to go on. Never calls the owner back: a failure is reported by `on_end` in a later turn.
  virtual std::size_t write(std::span<const bytes> pieces) noexcept = 0;

  // Between these two nothing is received and the peer is slowed down. `resume` may call `on_bytes` and `on_end` before
  // it returns.
  virtual void pause() noexcept = 0;
  virtual void resume() = 0;

  // Nothing more will be written: the peer reads the end after what was written.
  virtual void finish() noexcept = 0;

  // The owner's last word: it is not called again, and the stream destroys itself at the end of this turn.
  virtual void close() noexcept = 0;

  // Who is at the other end, for a log line: "127.0.0.1:51234".
  virtual std::string peer() const = 0;

  // The socket at the bottom, for books that are kept by it; -1 where there is none.
  virtual int descriptor() const noexcept { return -1; }

  // What the two ends have agreed to speak on it, as ALPN names it (RFC 7301): "h2", "http/1.1"; empty where nothing
  // was agreed, or not yet: a stream that agrees on something takes no bytes before.
  virtual std::string_view application_protocol() const noexcept { return {}; }

  // Whether it is one stream of an HTTP/2 connection, whatever was agreed on below.
  virtual bool is_http2() const noexcept { return false; }

  // Whether TLS protects what passes.
  virtual bool is_secure() const noexcept { return false; }

  // Whether the transport notices by itself that the peer is gone. Who sits on it then need not ask.
  virtual bool notices_silence() const noexcept { return false; }

 protected:
  stream() = default;
  virtual ~stream() = default;

  void on_ready(std::uint32_t) override {}

  owner* owner_ = nullptr;
};

struct stream_closer {
  void operator()(stream* closed) const noexcept { closed->close(); }
};

// Owns a stream: closes it.
using stream_ptr = std::unique_ptr<stream, stream_closer>;

}  // namespace peregrine
