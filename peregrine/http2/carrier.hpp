// One HTTP/2 connection at work: sits on a stream (TCP or TLS) and carries many streams of its own. What all of them
// write during a turn of the loop leaves in one write.
#pragma once

#include "peregrine/http2/session.hpp"
#include "peregrine/http2/stream.hpp"
#include "peregrine/net/stream.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace peregrine::http2 {

struct carrier_options {
  session_options session;
  std::chrono::milliseconds settings_timeout{10'000};  // for the peer's SETTINGS, the first thing it says
  std::chrono::milliseconds ping_interval{25'000};     // a peer silent for so long is pinged; 0: never
  std::chrono::milliseconds idle_timeout{60'000};      // and given up after so long; a stream likewise whose window
                                                       // the peer holds at zero; 0: never
};

class carrier final : public peregrine::stream::owner, private session::handler, public slab_allocated<carrier> {
 public:
  static constexpr const char* slab_name = "http/2 connection";

  // Whoever opened or accepted the connection. Only `on_request` may come within `on_bytes` of the stream below.
  class host {
   public:
    // A server's: answer with `accept` or `respond`.
    virtual void on_request(carrier& from, stream_id id, const request_head& asked) = 0;
    // A client's: the peer's SETTINGS have come, or a stream has gone: there may be room for another.
    virtual void on_room(carrier& by) = 0;
    // It is over, and destroys itself at the end of this turn. Its streams have ended before. `code` is an errno.
    virtual void on_over(carrier& gone, int code, const std::string& why) = 0;
    // A stream was ended by a reset, the peer's or ours.
    virtual void on_reset(carrier&) {}

   protected:
    ~host() = default;
  };

  // Who waits for the response to `connect` is the owner of the stream meanwhile. It hands the stream on, or closes it.
  // Its `on_end` gets ECONNREFUSED where the peer has not looked at the request, so that it may go elsewhere.
  class suitor : public peregrine::stream::owner {
   public:
    virtual void on_response(int status, fields head) = 0;
  };

  // `options` and `told` outlive it.
  carrier(stream_ptr below, side ours, const carrier_options& options, host& told);
  carrier(const carrier&) = delete;
  carrier& operator=(const carrier&) = delete;

  // --- a server's ---

  // Answers an extended CONNECT with 200. The stream is the caller's.
  stream_ptr accept(stream_id id, fields extra);
  void respond(stream_id id, int status, fields extra, bytes body, bool hears_out);
  // An ordinary request's content, for its owner: then it is to be answered on this, and not by `write`.
  stream_ptr hear(stream_id id);
  void respond(stream_ptr heard, int status, fields extra, bytes body);

  // --- a client's ---

  // How many more streams may be opened now, if each connection is to have `most`. None before the peer's SETTINGS.
  std::size_t room(std::size_t most) const noexcept;
  bool is_ready() const noexcept { return session_.has_peer_settings() && !is_over_; }
  // It takes no more streams, as we or the peer have said.
  bool is_going_away() const noexcept { return is_going_away_; }
  bool takes_websockets() const noexcept { return session_.peer_takes_websockets(); }

  // Asks for a WebSocket with an extended CONNECT; null when the connection can number no more streams.
  stream_ptr connect(const request_head& asked, suitor& waiting);

  // --- both ---

  std::size_t streams() const noexcept { return session_.tunnels().size(); }
  // Takes no more streams, and closes when the last has gone.
  void go_away();
  // Ends it with all its streams, without a word.
  void abort();
  bool is_secure() const noexcept { return below_ && below_->is_secure(); }
  std::string peer() const { return below_ ? below_->peer() : "gone"; }
  int descriptor() const noexcept { return below_ ? below_->descriptor() : -1; }

  void on_bytes(mutable_bytes lent) override;
  void on_end(int code) override;
  void on_writable() override;
  void on_turn() override;
  void on_timeout() override;

 private:
  friend class stream;
  ~carrier() override = default;

  // What the session tells.
  void on_request(stream_id id, const request_head& asked, bool has_ended) override;
  void on_response(tunnel& of, int status, fields head, bool has_ended) override;
  void on_data(tunnel& from, mutable_bytes lent) override;
  void on_end(tunnel& of) override;
  void on_closed(tunnel& gone, error_code why) override;
  void on_window(tunnel* of) override;
  void on_settings(std::int64_t window_change) override;
  void on_going_away(stream_id last, error_code why, std::string_view text) override;

  // What the streams ask for.
  std::size_t write(stream& from, std::span<const bytes> pieces);
  void block(stream& held);
  void wake(stream& held);
  void finish(stream& of);
  void part(stream& from);
  void consume(stream& of);  // all that has come

  static stream& stream_of(tunnel& of) noexcept { return static_cast<stream&>(of); }
  void remove(stream& gone) noexcept;
  void settle();
  void wake_blocked();
  void flush();
  void govern_reading();
  bool is_done() const noexcept;
  void linger();
  void tell_failure() const;
  void end_streams(int code);
  void touch() { reactor::current().at_turn_end(*this); }
  void keep_alive();
  static std::uint16_t coarse_second() noexcept;
  std::uint64_t patience() const noexcept { return static_cast<std::uint64_t>(options_.idle_timeout.count()); }
  bool gives_up_on_unsent();
  bool gives_up_on_held();
  bool gives_up_on_blocked();
  void give_up(stream& stuck);
  void become_over(int code, const std::string& why);

  stream_ptr below_;
  const carrier_options& options_;
  host& host_;
  session session_;
  std::vector<stream*> blocked_;           // they are told when they may write
  std::vector<stream*> waking_;            // while bytes are fed: whose windows have opened,
  std::vector<stream*> ending_;            // and whose end is to be told after it
  std::unique_ptr<std::string> farewell_;  // the peer's, where it had a reason
  std::uint64_t heard_;                    // ms of the loop's clock
  std::uint64_t unsent_since_ = 0;         // likewise, when something last left of what is unsent; 0: nothing is
  std::uint64_t held_since_ = 0;  // and when the windows were first found to hold something back; 0: they do not
  bool wakes_all_ = false;        // all that are blocked may try again
  bool is_backed_up_ = false;     // some of them wait for what is unsent
  bool is_reading_ = true;
  bool has_news_ = false;  // for the host
  bool is_going_away_ = false;
  bool is_lingering_ = false;  // the peer was told why it failed, and has a moment to hear it
  bool is_over_ = false;
};

}  // namespace peregrine::http2
