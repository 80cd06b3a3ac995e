// A live WebSocket: what a handler holds, over any stream.
#pragma once

#include "peregrine/base/shared_buffer.hpp"
#include "peregrine/base/slab.hpp"
#include "peregrine/connection/endpoint.hpp"
#include "peregrine/connection/message.hpp"
#include "peregrine/connection/outbox.hpp"
#include "peregrine/connection/shared_frame.hpp"
#include "peregrine/http/message.hpp"
#include "peregrine/net/stream.hpp"
#include "peregrine/runtime/task.hpp"
#include "peregrine/websocket/extensions.hpp"
#include "peregrine/websocket/frame.hpp"
#include "peregrine/websocket/reader.hpp"

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace peregrine {

// Who sends and receives, in the life of a connection (RFC 6455 §7):
//
//             we close            the peer's close frame
//     open ──────────────▶ closing ──────────────────┐
//      │                      │ deadline             ▼         all is sent             peer's end, or deadline
//      │                      └──────────────┐   finishing ───────────────▶ lingering ──────────────┐
//      ├── the peer's close frame, a broken rule, a slow consumer ─▲                                ▼
//      └── the transport ends, or silence for too long ──────────────────────────────────────────▶ over
//
// One coroutine may wait in `receive` and one in `send` at a time. One that is destroyed there waits no more. All of it
// happens on the reactor's thread.
class connection final : public stream::owner, public slab_allocated<connection> {
 public:
  static constexpr const char* slab_name = "connection";

  // On a stream on which the opening handshake is done; `home` outlives the connection.
  connection(stream_ptr carried, endpoint& home, const std::optional<websocket::deflate_parameters>& deflate);

  // co_await peer.receive(): the next whole message, valid until the next suspension, or null when the connection is
  // over. Pings, pongs and the closing handshake are handled inside.
  [[nodiscard]] auto receive() noexcept {
    struct awaiter {
      explicit awaiter(connection& from) noexcept : peer(&from) {}
      awaiter(const awaiter&) = delete;
      awaiter& operator=(const awaiter&) = delete;
      ~awaiter() {
        if (peer) peer->stop_receiving();
      }
      bool await_ready() const { return peer->has_next(); }
      void await_suspend(std::coroutine_handle<> waiter) const noexcept { peer->receiver_ = waiter; }
      const message* await_resume() noexcept { return std::exchange(peer, nullptr)->take(); }
      connection* peer;
    };
    return awaiter(*this);
  }

  // co_await peer.send(message): suspends while the peer is slow, and says whether the connection is still open. The
  // message is copied at once.
  auto send(const message& said) {
    struct awaiter {
      explicit awaiter(connection& to) noexcept : peer(&to) {}
      awaiter(const awaiter&) = delete;
      awaiter& operator=(const awaiter&) = delete;
      ~awaiter() {
        if (peer) peer->stop_sending(this);
      }
      bool await_ready() const noexcept { return !peer->is_congested(); }
      void await_suspend(std::coroutine_handle<> waiter) const { peer->wait_to_send(waiter, this); }
      bool await_resume() noexcept { return std::exchange(peer, nullptr)->is_open(); }
      connection* peer;
    };
    enqueue(said);
    return awaiter(*this);
  }

  // For fan-out, on a server: never suspends, and copies nothing. False when the peer reads too slowly: its outbox is
  // full, and the transport takes nothing of it. Nothing was queued then, and the caller decides. A connection that is
  // closing takes nothing, which is no failure.
  bool post(const shared_frame& frames);

  // Begins the closing handshake, after what is queued. `receive` returns nothing once it is done.
  void close(websocket::close_code code = websocket::close_code::normal, std::string_view why = {});

  // What `post` refused: drops what is queued and closes with 1008 and a reason that names it.
  void close_as_slow_consumer();

  bool is_open() const noexcept { return state_ == state::open; }

  // The close code that ended it, ours or the peer's; 1006 if the transport failed first. Meaningful once not open.
  websocket::close_code code() const noexcept { return code_; }

  // Whether the peer's close frame was received (RFC 6455 §5.5.1). As the answer to ours it tells that the peer has
  // read what was sent before.
  bool peer_has_closed() const noexcept { return peer_has_closed_; }
  // The reason in it, in a client's role; empty otherwise. Valid as long as the connection.
  std::string_view peer_reason() const noexcept;

  // The request that opened this connection, on a server and until the handler first suspends: what is to last longer
  // is copied.
  const http::request& request() const noexcept;
  // Which of the offered subprotocols was agreed upon, or empty; valid as long as `request()`.
  std::string_view subprotocol() const noexcept;

  std::string peer() const { return stream_ ? stream_->peer() : "gone"; }
  bool is_http2() const noexcept { return stream_ && stream_->is_http2(); }
  endpoint& home() const noexcept { return *home_; }
  bool compresses() const noexcept { return compresses_; }

  // --- for accept and dial ---

  // What is to be sent before anything else: the response of the handshake.
  void begin_with(shared_buffer answer) {
    enqueue(std::move(answer));
    outbox_.keep_first();
  }

  // Starts `handler`, which holds the connection until its end; then it is closed, with 1011 if the handler threw.
  // While it runs up to its first suspension, request() and subprotocol() are these.
  template <class Handler>
  void run(const Handler& handler, const http::request& request, std::string_view subprotocol) {
    const opening_guard until_it_suspends(request, subprotocol);
    is_held_ = true;
    handler(*this).start(*this);
  }

  // Bytes that came behind the handshake.
  void on_bytes(mutable_bytes lent) override;

  // A client's owner takes it and lets it go; then it is torn down whatever its state.
  void hold() noexcept { is_held_ = true; }
  void let_go() noexcept;

  // Ends it without a word.
  void abort() noexcept;

 private:
  enum class state : std::uint8_t { open, closing, finishing, lingering, over };
  static constexpr int tick = 256;  // ms
  struct extras;                    // what only few connections have, and those not for long

  class opening_guard {
   public:
    opening_guard(const http::request& request, std::string_view subprotocol) noexcept;
    ~opening_guard();
  };

  ~connection() override;

  void on_end(int code) override;
  void on_writable() override { on_turn(); }
  void on_turn() override;
  void on_timeout() override;
  void on_finished(std::exception_ptr failure) noexcept override;

  bool has_next();
  const message* take() noexcept;
  bool read(mutable_bytes& input);  // true: there is a message for the handler, in the loop's one place for it
  void wake_receiver();
  void wake_sender();
  void keep_unread(bytes rest);
  void read_kept();
  void forget_message() noexcept;
  void forget_unread() noexcept;
  void drop_idle_extras() noexcept;
  void handle_close(websocket::close_code code, bytes why);
  void fail(const websocket::violation& broken);

  void enqueue(shared_buffer encoded);
  void enqueue(const message& said);
  void enqueue_control(websocket::opcode type, bytes payload);
  bool is_full_for(const shared_buffer& more) const noexcept;
  bool is_congested() const noexcept;
  void wait_to_send(std::coroutine_handle<> waiter, const void* awaiter);
  void stop_sending(const void* awaiter) noexcept;
  void stop_receiving() noexcept;
  bool is_awaited() const noexcept;
  void write_queued() noexcept;
  void flush();
  void part();
  void keep_alive();
  std::chrono::milliseconds stalled();
  std::uint16_t coarse_now() const noexcept;
  void begin_to_close(state next, websocket::close_code code, std::string_view why);
  void enter(state next);
  void become_over();
  extras& rare();

  // The order spares padding: there are a million of these.
  stream_ptr stream_;
  endpoint* home_;
  std::coroutine_handle<> receiver_;
  std::unique_ptr<extras> extras_;
  [[no_unique_address]] websocket::reader reader_;
  websocket::close_code code_ = websocket::close_code::no_status;
  [[no_unique_address]] outbox outbox_;
  std::uint16_t heard_;  // when the peer was last heard, in ticks; wraps after 4.6 hours
  state state_ : 3 = state::open;
  bool has_written_ : 1 = false;  // since somebody last looked
  bool is_held_ : 1 = false;      // by a handler or an owner
  bool compresses_ : 1 = false;   // what it sends
  bool inflates_ : 1 = false;     // what it receives
  bool is_paused_ : 1 = false;    // nothing is read from the stream: the handler is busy
  bool is_woken_ : 1 = false;     // the receiver is to be resumed at the turn's end
  bool peer_has_closed_ : 1 = false;
  std::uint8_t transport_ : 2 = 0;  // for counts
};

static_assert(sizeof(connection) <= 104, "there are a million of these");

struct connection_releaser {
  void operator()(connection* held) const noexcept { held->let_go(); }
};

// A client's connection: torn down when this goes; call close() and receive to its end to part in peace.
using connection_ptr = std::unique_ptr<connection, connection_releaser>;

}  // namespace peregrine
