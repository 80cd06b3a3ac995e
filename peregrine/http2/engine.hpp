// What all frames of HTTP/2 mean (RFC 9113), in our words. Behind it is nghttp2, which no source but engine.cpp
// includes, so that it can be replaced there: bytes in, events and bytes out.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/base/fields.hpp"
#include "peregrine/http2/error_code.hpp"
#include "peregrine/http2/request_head.hpp"
#include "peregrine/http2/side.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct nghttp2_session;

namespace peregrine::http2 {

struct engine_settings {
  std::uint32_t max_streams = 0;  // a server's
  std::uint32_t stream_window = 0;
  std::uint32_t connection_window = 0;
  std::uint32_t max_head = 0;
};

class engine {
 public:
  // Who hears of it, from within `read` and `send`.
  class listener {
   public:
    virtual void on_head_begin(stream_id id) = 0;
    // False: the connection is over for it, and so says `terminate`.
    virtual bool on_field(stream_id id, std::string_view name, std::string_view value) = 0;
    virtual void on_head_end(stream_id id, bool is_request, bool ends) = 0;
    virtual void on_content(stream_id id, bytes piece) = 0;  // where it lies in what is read
    virtual void on_content_end(stream_id id) = 0;
    virtual void on_peer_settings() = 0;
    virtual void on_peer_goaway(stream_id last, error_code why, std::string_view text) = 0;
    virtual void on_stream_over(stream_id id, error_code why) = 0;

    virtual void on_head_sent(stream_id id) = 0;
    virtual void on_end_sent(stream_id id) = 0;
    virtual void on_reset_sent(error_code why) = 0;
    virtual void on_goaway_sent(error_code why, std::string_view text) = 0;  // and not for a good reason
    virtual void on_output(bytes ready) = 0;

   protected:
    ~listener() = default;
  };

  engine(side ours, const engine_settings& chosen, listener& told);

  // Takes frames of the peer's. Nothing may be sent meanwhile. An error is one that it knows no frame to answer with.
  struct breach {
    error_code code;
    std::string_view why;
  };
  std::optional<breach> read(bytes frames);
  // Gives all that waits to `on_output`.
  void send();

  // What `send` then gives. Fields are copied, their names in lower case (RFC 9113 §8.2), but for those that speak of
  // one HTTP/1.1 connection (§8.2.2).
  void respond(stream_id id, int status, fields extra, bool ends);
  stream_id request(const request_head& asked);  // 0 or less: there is no number left
  bool end(stream_id id);                        // an empty DATA frame with END_STREAM; false: it has ended
  void reset(stream_id id, error_code why);
  void ping();
  void go_away();  // with the last stream that was looked at
  void terminate(error_code why);

  void consume(stream_id id, std::size_t size);
  void consume_on_connection(std::size_t size);

  enum class half : std::uint8_t { open, ended, absent };
  half ours(stream_id id) const noexcept;
  half theirs(stream_id id) const noexcept;
  bool has(stream_id id) const noexcept;
  // Neither side has anything more to say.
  bool is_done() const noexcept;

  std::uint32_t peer_initial_window() const noexcept;
  std::uint32_t peer_max_streams() const noexcept;
  bool peer_takes_extended_connect() const noexcept;

 private:
  struct callbacks;
  struct deleter {
    void operator()(nghttp2_session* freed) const noexcept;
  };

  std::unique_ptr<nghttp2_session, deleter> state_;
};

}  // namespace peregrine::http2
