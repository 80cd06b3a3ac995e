// One HTTP/2 connection's state (RFC 9113) with extended CONNECT (RFC 8441): bytes in, events and bytes out. It knows
// no socket and no clock.
//
// Below it is the engine (engine.hpp), which opens and ends streams and knows what all frames mean; DATA and its
// windows, which are nearly all that a WebSocket needs once it is open, do not pass through it.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/base/fields.hpp"
#include "peregrine/http2/engine.hpp"
#include "peregrine/http2/error_code.hpp"
#include "peregrine/http2/flood_watch.hpp"
#include "peregrine/http2/frame_cutter.hpp"
#include "peregrine/http2/request_head.hpp"
#include "peregrine/http2/send_buffer.hpp"
#include "peregrine/http2/side.hpp"
#include "peregrine/http2/tunnel.hpp"
#include "peregrine/http2/tunnel_table.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::http2 {

struct session_options {
  std::uint32_t max_streams = 128;                // that the peer may have open at once; beyond it REFUSED_STREAM
  std::uint32_t stream_window = 16 * 1024;        // bytes that the peer may send on a stream before they are consumed
  std::uint32_t connection_window = 1024 * 1024;  // and on all of them together before they are read
  std::uint32_t max_head = 16 * 1024;             // bytes of a head, each field with 32 more (RFC 9113 §6.5.2)
};

class building_head;

class session final : private frame_cutter::judge, private engine::listener {
 public:
  // Who hears what the peer did, mostly from within `feed`. A stream is known by the tunnel that was given for it.
  class handler {
   public:
    // A server's: to be answered with `accept` or `respond`, now or later.
    virtual void on_request(stream_id id, const request_head& asked, bool has_ended) = 0;
    // A client's: the final response.
    virtual void on_response(tunnel& of, int status, fields head, bool has_ended) = 0;

    // Bytes on a stream, where they lie in what was fed. They count against the stream's window until `consume`.
    virtual void on_data(tunnel& from, mutable_bytes lent) = 0;
    // The peer sends nothing more on this stream (END_STREAM).
    virtual void on_end(tunnel& of) = 0;
    // The stream is over, after both halves have ended or by a reset; nothing more may be asked for it.
    virtual void on_closed(tunnel& gone, error_code why) = 0;

    // A stream may take bytes that `write` did not, or any stream if it is null.
    virtual void on_window(tunnel* of) = 0;

    // The peer's SETTINGS have come: what `peer_…` tell may have changed. Each tunnel is to be given to `change_window`
    // with this change (RFC 9113 §6.9.2).
    virtual void on_settings(std::int64_t window_change) = 0;
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
  void accept(stream_id id, fields extra, tunnel& by);
  // An ordinary request's content is wanted: it comes by `on_data` until the request is answered, and its end by
  // `on_end`.
  void hear(stream_id id, tunnel& by);
  // Answers a request as a whole, and wants to hear no more of it. What else may come of a request that has content,
  // and of a client that would take a reset for the loss of our answer, is discarded up to the stream's window.
  void respond(stream_id id, int status, fields extra, bytes content, bool hears_out = false);

  // --- a client's ---

  // Sends an extended CONNECT, which the peer must have allowed (`peer_takes_websockets`); false if no more streams can
  // be numbered on this connection.
  bool connect(const request_head& asked, tunnel& by);

  // --- both ---

  // Sends DATA: takes as many bytes as the windows allow, but no more than `most`, and says how many. After less than
  // both `on_window` tells when to go on.
  std::size_t write(tunnel& to, std::span<const bytes> pieces, std::size_t most = SIZE_MAX);
  // Nothing more will be written (END_STREAM).
  void finish(const tunnel& of);
  // The last word: what was written is followed by END_STREAM, and by a reset if the peer goes on (RFC 9113 §8.1).
  // Nothing more is heard of the stream.
  void part(tunnel& from);
  // Nothing more is heard of the stream.
  void forget(stream_id id) noexcept;
  // Ends a stream at once. Nothing more is heard of it.
  void reset(tunnel& of, error_code why);
  // So many bytes of `on_data` are done with: the peer may send as many more.
  void consume(tunnel& of, std::size_t size);
  // See on_settings.
  void change_window(tunnel& of, std::int64_t change);

  // Asks whether the peer is there; its answer is heard as bytes are.
  void ping();
  // Takes no more streams; those that are open go on. Told once.
  void go_away();
  // Ends the connection with a GOAWAY that says why; nothing happens if it has failed already.
  void terminate(error_code why, std::string_view text);

  // Of the streams that are told of.
  const tunnel_table& tunnels() const noexcept { return tunnels_; }
  // Whether a stream is still there: the peer may have ended it before its request was answered.
  bool is_open(stream_id id) const noexcept;
  // Whether the body of a response waits for the windows to let it out.
  bool is_holding() const noexcept { return !bodies_.empty(); }
  // Whether the peer lets nothing more be sent on the whole connection.
  bool is_window_shut() const noexcept { return send_window_ <= 0; }
  bool has_peer_settings() const noexcept { return has_peer_settings_; }
  std::uint32_t peer_max_streams() const noexcept;
  // Whether the peer announced SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3).
  bool peer_takes_websockets() const noexcept;

 private:
  // Of a response.
  struct body {
    tunnel way;
    std::string unsent;
  };

  // What comes, frame by frame (session_data.cpp).
  frame_cutter::verdict on_head(const frame_head& head, bool may_be_taken) override;
  void take(const frame_cutter::piece& piece);
  void take_data(const frame_cutter::piece& piece);
  void take_increment(const frame_cutter::piece& piece);
  void widen(tunnel& window, std::uint32_t increment);
  tunnel* find(stream_id id) noexcept;
  void open(tunnel& by);
  void send_window_update(stream_id id, std::uint32_t increment);
  void send_bodies();

  // The rest (session.cpp).
  void run(mutable_bytes frames);
  void send_queued();
  void fail_stream(const tunnel& of, error_code why);
  void reset_if_open(stream_id id);
  void let_end();
  void tell_head(stream_id id, bool is_request, bool ends);
  void tell_end(stream_id id);

  // What the engine tells.
  void on_head_begin(stream_id id) override;
  bool on_field(stream_id id, std::string_view name, std::string_view value) override;
  void on_head_end(stream_id id, bool is_request, bool ends) override;
  void on_content(stream_id id, bytes piece) override;
  void on_content_end(stream_id id) override;
  void on_peer_settings() override;
  void on_peer_goaway(stream_id last, error_code why, std::string_view text) override;
  void on_stream_over(stream_id id, error_code why) override;
  void on_head_sent(stream_id id) override;
  void on_end_sent(stream_id id) override;
  void on_reset_sent(error_code why) override;
  void on_goaway_sent(error_code why, std::string_view text) override;
  void on_output(bytes ready) override;

  void spend(expense kind);
  void blame(expense kind);
  void fail(error_code why, std::string_view text);

  engine engine_;
  handler& told_;
  send_buffer output_;
  std::unique_ptr<building_head> building_;
  tunnel_table tunnels_;
  std::map<stream_id, body> bodies_;
  std::map<stream_id, std::size_t> heard_out_;  // answered, and how much of their content was discarded
  std::vector<stream_id> unended_;              // whose ends the engine has, and has not sent
  frame_cutter cutter_;
  tunnel* taken_ = nullptr;               // whose frame is being read; null: nobody wants to hear it
  std::int64_t send_window_ = 65'535;     // of the connection (RFC 9113 §6.9.2), as a tunnel's
  std::int64_t initial_window_ = 65'535;  // of each stream, as the peer's SETTINGS say
  std::uint32_t credit_ = 0;              // of the connection, as a tunnel's
  flood_watch watch_;
  session_options options_;
  side side_;
  bool is_running_ = false;       // the engine reads
  bool carries_content_ = false;  // the DATA frame that is being read
  bool has_failed_ = false;
  bool has_peer_settings_ = false;
  std::string failure_;
};

}  // namespace peregrine::http2
