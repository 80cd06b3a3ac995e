// A TLS session as a stream, on a stream that carries its records.
//
// Nothing is taken by `write` before the handshake is done. A client's owner is told by `on_writable` when it is,
// whether it tried to write or not: then `application_protocol` says what was agreed. A server's owner is told if a
// write was refused. After that `write` takes what it is offered until the stream below takes no more: records that
// have been made are kept here, some 64 KiB of them, and leave before anything new is taken.
//
// How it ends is told by `on_end`: 0 when the peer has said so by TLS's own close_notify, a tls_code where TLS failed,
// in the handshake or later, or where the end came without close_notify, and an errno where the stream below failed.
// What was wrong with a handshake is logged at level debug.
//
// A session has no deadline of its own: its owner has one for whatever it waits for.
#pragma once

#include "peregrine/base/slab.hpp"
#include "peregrine/net/stream.hpp"
#include "peregrine/tls/context.hpp"
#include "peregrine/tls/engine.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::tls {

class stream final : public peregrine::stream, private peregrine::stream::owner, public slab_allocated<stream> {
 public:
  static constexpr const char* slab_name = "tls stream";

  // The server's end. `below` is connected or will be; its owner is called from the next turn on.
  stream(stream_ptr below, const server_context& shared);
  // The client's, to the server of that name or address: see client_context::open. Says its first words.
  stream(stream_ptr below, const client_context& shared, const std::string& host, protocol_list offered = {});

  std::size_t write(std::span<const bytes> pieces) noexcept override;
  void pause() noexcept override;
  void resume() override;
  void finish() noexcept override;
  // Says close_notify if `finish` did not. What the stream below has not taken yet is left some seconds to go.
  void close() noexcept override;
  std::string peer() const override { return below_ ? below_->peer() : "gone"; }
  int descriptor() const noexcept override { return below_ ? below_->descriptor() : -1; }
  std::string_view application_protocol() const noexcept override;
  bool is_secure() const noexcept override { return true; }
  bool notices_silence() const noexcept override { return below_ && below_->notices_silence(); }

 private:
  // What only few sessions have, and those not for long.
  struct kept_bytes {
    std::vector<std::byte> unsent;  // records that the stream below has not taken
    std::vector<std::byte> unread;  // ciphertext that came behind what made the owner pause
  };

  stream(stream_ptr below, engine session, bool is_client);
  ~stream() override = default;

  // From the stream below.
  void on_bytes(mutable_bytes lent) override;
  void on_end(int code) override;
  void on_writable() override;

  void on_timeout() override { bury(); }
  void on_turn() override;
  void on_discarded() noexcept override { delete this; }

  void take(bytes input);
  void take_all(bytes input);
  void send(bytes records) noexcept;
  void send_unsent() noexcept;
  void tell_writable();
  void tell_end(int code);
  void fail_later(int code) noexcept;
  void say_goodbye() noexcept;
  void bury() noexcept;
  bool is_open() const noexcept { return state_ == engine::state::open || state_ == engine::state::ended; }
  bool has_unsent() const noexcept { return kept_ && !kept_->unsent.empty(); }
  kept_bytes& kept();
  void drop_idle_kept() noexcept;

  engine engine_;
  stream_ptr below_;
  std::unique_ptr<kept_bytes> kept_;
  std::uint16_t code_ = 0;  // what `write` met and `on_end` will tell
  engine::state state_ = engine::state::shaking_hands;
  bool wants_write_ : 1;          // the owner is to be told when it may write
  bool is_paused_ : 1 = false;    // by the owner
  bool is_taking_ : 1 = false;    // `take` is on the stack
  bool is_finished_ : 1 = false;  // close_notify was said
  bool has_ended_ : 1 = false;    // on_end was called, or nobody wants to hear it
  bool is_closed_ : 1 = false;    // by the owner
};

static_assert(sizeof(stream) <= 80, "there are a million of these");

}  // namespace peregrine::tls
