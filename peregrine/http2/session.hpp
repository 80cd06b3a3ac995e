// One HTTP/2 connection's state (RFC 9113) with extended CONNECT (RFC 8441): bytes in, events and bytes out. It knows
// no socket and no clock. Behind it is nghttp2, which no other file includes, so that it can be replaced here.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/base/fields.hpp"
#include "peregrine/http2/allowance.hpp"
#include "peregrine/http2/error_code.hpp"
#include "peregrine/http2/request_head.hpp"
#include "peregrine/http2/send_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct nghttp2_session;

namespace peregrine::http2 {

enum class side : bool { server, client };

struct session_options {
  std::uint32_t max_streams = 128;                // that the peer may have open at once; beyond it REFUSED_STREAM
  std::uint32_t stream_window = 16 * 1024;        // bytes that the peer may send on a stream before they are consumed
  std::uint32_t connection_window = 1024 * 1024;  // and on all of them together before they are read
  std::uint32_t max_head = 16 * 1024;             // bytes of a head, each field with 32 more (RFC 9113 §6.5.2)
};

class building_head;

class session {
 public:
  // Who hears what the peer did, from within `feed`. `user` is what was given for that stream.
  class handler {
   public:
    // A server's: to be answered with `accept` or `respond`, now or later.
    virtual void on_request(stream_id id, const request_head& asked, bool has_ended) = 0;
    // A client's: the final response.
    virtual void on_response(stream_id id, void* user, int status, fields head, bool has_ended) = 0;

    // Bytes on a stream, where they lie in what was fed. They count against the stream's window until `consume`.
    virtual void on_data(stream_id id, void* user, mutable_bytes lent) = 0;
    // The peer sends nothing more on this stream (END_STREAM).
    virtual void on_end(stream_id id, void* user) = 0;
    // The stream is over, after both halves have ended or by a reset; its id means nothing from here on.
    virtual void on_closed(stream_id id, void* user, error_code why) = 0;

    // A stream may take bytes that `write` did not, or any stream if `id` is 0.
    virtual void on_window(stream_id id, void* user) = 0;

    // The peer's SETTINGS have come: what `peer_…` tell may have changed.
    virtual void on_settings() = 0;
    // The peer opens and takes no more streams; those up to `last` go on.
    virtual void on_going_away(stream_id last, error_code why, std::string_view text) = 0;

   protected:
    ~handler() = default;
  };

  session(side ours, const session_options& options, handler& told);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // Takes bytes from the peer; `now` in milliseconds. False: the connection has failed, `failure()` tells why, and
  // when the output is sent, which has a GOAWAY, it is to be closed.
  bool feed(mutable_bytes input, std::uint64_t now);

  // Whatever is to be sent. Anything that is asked of a session adds to it.
  send_buffer& output() noexcept { return output_; }

  // Neither side has anything more to say: a GOAWAY was sent or received and the last stream is over.
  bool has_ended() const noexcept;
  const std::string& failure() const noexcept { return failure_; }

  // --- a server's streams ---

  // Answers an extended CONNECT with 200: the stream is open in both directions (RFC 8441 §5).
  void accept(stream_id id, fields extra, void* user);
  // Answers a request as a whole, and wants to hear no more of it.
  void respond(stream_id id, int status, fields extra, bytes body);

  // --- a client's ---

  // Sends an extended CONNECT, which the peer must have allowed (`peer_takes_websockets`); 0 if no more streams can be
  // numbered on this connection.
  stream_id connect(const request_head& asked, void* user);

  // --- both ---

  // Sends DATA: takes as many bytes as the windows allow and says how many. After less than all `on_window` tells when
  // to go on.
  std::size_t write(stream_id id, std::span<const bytes> pieces);
  // Nothing more will be written (END_STREAM).
  void finish(stream_id id);
  // The last word: what was written is followed by END_STREAM, and by a reset if the peer goes on (RFC 9113 §8.1).
  // Nothing more is heard of the stream.
  void part(stream_id id);
  // Ends a stream at once, and forgets what was written within the same `feed`. Nothing more is heard of it.
  void reset(stream_id id, error_code why);
  // So many bytes of `on_data` are done with: the peer may send as many more.
  void consume(stream_id id, std::size_t size);
  // `user` changes, or is null: the events of a stream whose user is null are not told.
  void set_user(stream_id id, void* user);

  // Asks whether the peer is there; its answer is heard as bytes are.
  void ping();
  // Takes no more streams; those that are open go on. Told once.
  void go_away();
  // Ends the connection with a GOAWAY that says why.
  void terminate(error_code why, std::string text);

  bool is_feeding() const noexcept { return is_feeding_; }
  // Whether the peer lets nothing more be sent on the whole connection.
  bool is_window_shut() const noexcept;
  bool has_peer_settings() const noexcept { return has_peer_settings_; }
  std::uint32_t peer_max_streams() const noexcept;
  // Whether the peer announced SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3).
  bool peer_takes_websockets() const noexcept;

 private:
  struct callbacks;  // nghttp2's

  // Bodies of responses, and what was written within `feed`.
  struct kept {
    std::string text;
    bool ends = false;
  };

  void tell_head(stream_id id, bool ends);
  std::size_t write_later(stream_id id, std::span<const bytes> pieces, std::size_t window);
  kept& keep(stream_id id);
  void reset_if_open(stream_id id);
  void send_queued();
  void spend(expense kind);
  void fail(error_code why, std::string text);

  nghttp2_session* state_ = nullptr;
  handler& told_;
  send_buffer output_;
  std::unique_ptr<building_head> building_;
  std::map<stream_id, kept> kept_;  // what could not be sent at once
  std::span<const bytes> source_;   // of the DATA that is being written, and how much of its first piece is
  std::size_t source_begin_ = 0;
  std::size_t source_left_ = 0;
  allowance allowance_;
  std::uint64_t now_ = 0;
  std::uint32_t max_head_;
  side side_;
  bool is_feeding_ = false;
  bool has_failed_ = false;
  bool has_peer_settings_ = false;
  std::string failure_;
};

}  // namespace peregrine::http2
