// One stream of an HTTP/2 connection on which an extended CONNECT was agreed (RFC 8441 §5): a stream of bytes like any
// other.
#pragma once

#include "peregrine/base/slab.hpp"
#include "peregrine/http2/session.hpp"
#include "peregrine/net/stream.hpp"

#include <memory>
#include <vector>

namespace peregrine::http2 {

class carrier;

class stream final : public peregrine::stream, private tunnel, public slab_allocated<stream> {
 public:
  static constexpr const char* slab_name = "http/2 stream";

  std::size_t write(std::span<const bytes> pieces) noexcept override;
  void pause() noexcept override { is_paused_ = true; }
  void resume() override;
  void finish() noexcept override;
  void close() noexcept override;
  std::string peer() const override;
  bool is_http2() const noexcept override { return true; }
  bool is_secure() const noexcept override;
  bool notices_silence() const noexcept override { return true; }  // the carrier does, for all of its streams

 private:
  friend class carrier;

  explicit stream(carrier& home) noexcept : home_(&home) {}
  ~stream() override = default;
  void on_discarded() noexcept override { delete this; }

  void deliver(mutable_bytes lent);
  void end(int code);

  std::uint16_t blocked_at_ = 0;  // second since which it could write nothing; wraps
  bool is_opening_ : 1 = false;   // a client's, before the response
  bool is_paused_ : 1 = false;
  bool is_blocked_ : 1 = false;    // waits for a window, or for the connection
  bool is_starved_ : 1 = false;    // could write nothing since it was first blocked, even when it was woken
  bool has_finished_ : 1 = false;  // END_STREAM is sent
  bool was_reset_ : 1 = false;
  bool was_refused_ : 1 = false;                  // REFUSED_STREAM: the peer has done nothing about it
  bool has_ended_ : 1 = false;                    // on_end was called, or nobody wants to hear it
  carrier* home_;                                 // null once the stream is over there
  std::unique_ptr<std::vector<std::byte>> held_;  // what came while paused
};

static_assert(sizeof(stream) <= 56, "there are a million of these");

}  // namespace peregrine::http2
