#include "peregrine/connection/connection.hpp"

#include "peregrine/connection/connection_extras.hpp"
#include "peregrine/websocket/deflate.hpp"
#include "peregrine/websocket/writer.hpp"

#include <array>
#include <cassert>
#include <utility>

namespace peregrine {

using websocket::event_kind;
using websocket::opcode;
using websocket::role;

namespace {

constexpr std::size_t high_water = std::size_t{64} * 1024;  // bytes in the outbox above which `send` waits
constexpr std::size_t pieces_per_write = 64;

// What is being handed to a handler, and the request of the connection whose handler is being started. Between the one
// who sets them and the one who takes them nothing else runs, so a place for the whole thread is enough.
thread_local std::optional<message> lent_message;
thread_local const http::request* opening_request = nullptr;
thread_local std::string_view opening_subprotocol;

}  // namespace

connection::connection(stream_ptr carried, endpoint& home, const std::optional<websocket::deflate_parameters>& deflate)
    : stream_(std::move(carried)), home_(&home), heard_(coarse_now()) {
  stream_->attach(*this);
  if (deflate) {
    const bool is_server = home.options.reader.role == role::server;
    const auto sending_window = is_server ? deflate->server_max_window_bits : deflate->client_max_window_bits;
    const bool peer_keeps_context =
        is_server ? !deflate->client_no_context_takeover : !deflate->server_no_context_takeover;
    inflates_ = true;
    // One compression serves all who take the full window; the few others get their messages as they are.
    compresses_ = sending_window.value_or(websocket::max_window_bits) == websocket::max_window_bits;
    if (peer_keeps_context) {
      rare().inflater = std::make_unique<websocket::inflater>(websocket::context_takeover::yes);
    }
  }
  transport_ = static_cast<std::uint8_t>(transport_of(is_http2(), stream_->is_secure()) & 3U);
  ++home.counts.opened;
  ++home.counts.live;
  ++home.counts.opened_by[transport_];
  ++home.counts.live_by[transport_];
  keep_alive();
}

connection::~connection() = default;

connection::extras& connection::rare() {
  if (!extras_) extras_ = std::make_unique<extras>();
  return *extras_;
}

// ---- opening ----

connection::opening_guard::opening_guard(const http::request& request, std::string_view subprotocol) noexcept {
  opening_request = &request;
  opening_subprotocol = subprotocol;
}

connection::opening_guard::~opening_guard() {
  opening_request = nullptr;
  opening_subprotocol = {};
}

const http::request& connection::request() const noexcept {
  assert(opening_request && "the request is there until the handler first suspends");
  return *opening_request;
}

std::string_view connection::subprotocol() const noexcept {
  assert(opening_request && "the subprotocol is there until the handler first suspends");
  return opening_subprotocol;
}

// ---- receiving ----

bool connection::read(mutable_bytes& input) {
  while (true) {
    websocket::inflater* inflater = nullptr;
    if (inflates_) inflater = extras_ && extras_->inflater ? extras_->inflater.get() : &websocket::shared_inflater();
    const auto event = reader_.feed(input, home_->options.reader, inflater);
    switch (event.kind) {
      case event_kind::need_more:
        return false;
      case event_kind::message:
        if (state_ != state::open) break;  // said after we took our leave
        ++home_->counts.messages_in;
        home_->counts.payload_in += event.payload.size();
        lent_message = message(event.type, event.payload);
        return true;
      case event_kind::ping:
        if (state_ == state::open) enqueue_control(opcode::pong, event.payload);
        break;
      case event_kind::pong:
        break;
      case event_kind::close:
        handle_close(event.code, event.payload);
        return false;
      case event_kind::violation:
        fail(event.violation());
        return false;
    }
  }
}

std::uint16_t connection::coarse_now() const noexcept {
  return static_cast<std::uint16_t>(reactor::current().now() / tick);
}

void connection::on_bytes(mutable_bytes lent) {
  heard_ = coarse_now();
  if (state_ > state::closing) return;
  if (extras_ && !extras_->unread.empty()) {
    keep_unread(lent);
    return;
  }
  while (true) {
    if (state_ == state::open && !receiver_) {  // the handler is busy with something else
      if (!lent.empty()) keep_unread(lent);
      return;
    }
    if (!read(lent)) break;
    std::exchange(receiver_, nullptr).resume();
    forget_message();  // the handler has suspended again
    if (state_ > state::closing) return;
  }
  if (state_ > state::closing) wake_receiver();
}

void connection::keep_unread(bytes rest) {
  auto& unread = rare().unread;
  unread.insert(unread.end(), rest.begin(), rest.end());
  is_paused_ = true;
  if (stream_) stream_->pause();
}

bool connection::has_next() {
  assert(!receiver_ && "one coroutine at a time may receive");
  forget_message();
  if (extras_ && !extras_->unread.empty() && state_ <= state::closing) {
    mutable_bytes input = std::span(extras_->unread).subspan(extras_->unread_begin);
    const bool found = read(input);
    extras_->unread_begin = extras_->unread.size() - input.size();
    if (found) return true;
    forget_unread();
    if (is_paused_) reactor::current().at_turn_end(*this);
  }
  return state_ > state::closing;
}

// Whoever is resumed while it is open has a message. Otherwise the place is not touched: another handler may be in the
// middle of what it was lent, and have ended this connection.
const message* connection::take() noexcept {
  return is_open() ? &*lent_message : nullptr;
}

// What was left unread by a handler that wants no more of it: only the peer's close frame matters.
void connection::read_kept() {
  mutable_bytes input = std::span(extras_->unread).subspan(extras_->unread_begin);
  read(input);
  forget_unread();
}

void connection::forget_message() noexcept {
  reader_.release();
  if (extras_ && extras_->inflater) extras_->inflater->release();
}

void connection::forget_unread() noexcept {
  extras_->unread = std::vector<std::byte>();  // `= {}` would keep the memory
  extras_->unread_begin = 0;
  drop_idle_extras();
}

// Who was busy once is as small afterwards as it was before.
void connection::drop_idle_extras() noexcept {
  const auto& kept = *extras_;
  const bool is_idle =
      kept.unread.empty() && !kept.sender && !kept.inflater && !kept.stalled_since && kept.peer_reason.empty();
  if (is_idle) extras_.reset();
}

void connection::wake_receiver() {
  if (!receiver_ || !is_held_) return;
  std::exchange(receiver_, nullptr).resume();
}

// ---- sending ----

void connection::enqueue(shared_buffer encoded) {
  outbox_.push(std::move(encoded));
  reactor::current().at_turn_end(*this);
}

void connection::enqueue(const message& said) {
  if (state_ != state::open) return;
  const auto ours = home_->options.reader.role;
  websocket::frame frame{said.type(), said.payload()};
  if (compresses_ && said.size() >= smallest_compressed) {
    frame.payload = websocket::shared_deflater().compress(said.payload());
    frame.compressed = true;
  }
  auto encoded = shared_buffer::with_size(websocket::frame_size(ours, frame.payload.size()));
  websocket::encode_frame(encoded.write(), ours, frame);
  if (frame.compressed) websocket::shared_deflater().release();
  ++home_->counts.sent;
  home_->counts.payload_sent += said.size();
  enqueue(std::move(encoded));
}

void connection::enqueue_control(opcode type, bytes payload) {
  const auto ours = home_->options.reader.role;
  // A peer that reads nothing will not miss a pong.
  if (type != opcode::close && outbox_.size() > home_->options.outbox_limit) return;
  auto encoded = shared_buffer::with_size(websocket::frame_size(ours, payload.size()));
  websocket::encode_frame(encoded.write(), ours, {type, payload});
  enqueue(std::move(encoded));
}

bool connection::post(const shared_frame& frames) {
  assert(home_->options.reader.role == role::server && "a client masks each frame for itself: send it");
  if (state_ != state::open) return true;
  const auto& encoded = compresses_ ? frames.compressed() : frames.plain();
  if (is_full_for(encoded)) {
    write_queued();  // of a burst within one turn nothing may have left yet, and the peer may well be fast
    if (is_full_for(encoded)) return false;
  }
  __builtin_prefetch(stream_.get());  // which is written to when many others have had theirs
  enqueue(encoded);
  return true;
}

bool connection::is_full_for(const shared_buffer& more) const noexcept {
  return !outbox_.empty() && outbox_.size() + more.size() > home_->options.outbox_limit;
}

bool connection::is_congested() const noexcept {
  return state_ == state::open && outbox_.size() > high_water;
}

void connection::wait_to_send(std::coroutine_handle<> waiter, const void* awaiter) {
  assert((!extras_ || !extras_->sender) && "one coroutine at a time may send");
  rare().sender = waiter;
  extras_->sending = awaiter;
}

void connection::wake_sender() {
  if (!extras_ || !extras_->sender || !is_held_) return;
  const auto waiter = std::exchange(extras_->sender, nullptr);
  drop_idle_extras();
  waiter.resume();
}

void connection::write_queued() noexcept {
  thread_local constinit std::array<bytes, pieces_per_write> pieces;  // a kilobyte that need not be cleared each time
  while (!outbox_.empty() && stream_) {
    const std::size_t count = outbox_.peek(pieces);
    std::size_t offered = 0;
    for (std::size_t i = 0; i < count; ++i) offered += pieces[i].size();
    const std::size_t taken = stream_->write({pieces.data(), count});
    outbox_.drop(taken);
    if (taken > 0) has_written_ = true;
    if (taken < offered) return;
  }
}

void connection::flush() {
  write_queued();
  if (!is_congested()) wake_sender();
  if (state_ == state::finishing && outbox_.empty()) part();
}

// ---- the end of a turn ----

void connection::on_turn() {
  if (state_ == state::over) {
    if (!is_held_ && !is_awaited()) delete this;
    return;
  }
  if (is_woken_) {
    is_woken_ = false;
    wake_receiver();
  }
  if (state_ == state::closing && extras_ && !extras_->unread.empty()) read_kept();
  flush();
  if (is_paused_ && stream_ && (state_ != state::open || !extras_ || extras_->unread.empty())) {
    is_paused_ = false;
    stream_->resume();
  }
}

}  // namespace peregrine
