// Reads one direction of a WebSocket (RFC 6455 §5, §6.2, §7): bytes in, events out.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/websocket/frame.hpp"
#include "peregrine/websocket/kept_payload.hpp"
#include "peregrine/websocket/mask.hpp"
#include "peregrine/websocket/utf8.hpp"

#include <cstdint>

namespace peregrine::websocket {

class inflater;

// Shared by all readers of a kind, and passed to each feed().
struct reader_options {
  websocket::role role = role::server;       // ours: a server reads masked frames, a client unmasked ones (§5.1)
  std::uint32_t max_message = 64 * 1024;     // bytes, inflated; beyond it 1009
  std::uint32_t max_fragments = 128 * 1024;  // per message; beyond it 1008
  std::uint32_t max_empty_fragments = 1024;  // per message; beyond it 1008
};

enum class event_kind : std::uint8_t {
  need_more,  // the input is used up
  message,    // `type` is text (valid UTF-8) or binary; `payload` the whole message
  ping,       // to be answered with a pong of the same payload (§5.5.2)
  pong,
  close,      // `code` is the peer's, or no_status; `payload` its reason (valid UTF-8). Nothing follows it
  violation,  // `code` and `payload` as in violation(): close with them. Nothing follows it
};

struct event {
  event_kind kind = event_kind::need_more;
  opcode type = opcode::continuation;
  close_code code = close_code::no_status;
  bytes payload;  // valid until the next feed() or release(); for an inflated message see inflater::inflate

  websocket::violation violation() const noexcept { return {code, as_text(payload)}; }
};

// Exists once per connection, so it is small. What it keeps between two feeds is a header cut in two, and the payload
// of a message or control frame that is not whole yet; between messages it owns no memory.
//
//             ┌────────── next frame ◄──────────┐
//             ▼                                 │
//   start → header ── whole ──► payload ── whole ─► event ── close, violation ──► ended
//
class reader {
 public:
  // Takes bytes from the front of `input`, until there is an event or `input` is empty. Payload is unmasked where it
  // lies: a message that is one frame and wholly in `input` is returned as a view into it. After a close or a violation
  // all input is discarded (§1.4, §7.1.7). `inflate` is null when compression was not negotiated, and the same in every
  // call. Throws std::bad_alloc.
  event feed(mutable_bytes& input, const reader_options& options, inflater* inflate = nullptr);

  // Lets go of the memory of the last event's payload now and not at the next feed.
  void release() noexcept { kept_.drop_delivered(); }

  // Bytes of heap that this reader holds now: none between messages.
  std::size_t footprint() const noexcept { return kept_.footprint(); }

  bool has_ended() const noexcept { return ended_; }

 private:
  const violation* read_header(mutable_bytes& input, const reader_options& options, bool may_be_compressed);
  const violation* accept_first(std::uint8_t byte, bool may_be_compressed) noexcept;
  const violation* accept_second(std::uint8_t byte, role ours) noexcept;
  const violation* accept_length_byte(std::uint8_t byte) noexcept;
  const violation* accept_length(const reader_options& options, bool may_be_compressed) noexcept;
  const violation* keep_part(mutable_bytes part);
  const violation* check_text(bytes part) noexcept;

  void unmask(mutable_bytes part, role ours) noexcept;
  event end_frame(bytes rest, const reader_options& options, inflater* inflate);
  event end_message(bytes payload, const reader_options& options, inflater* inflate);
  event end_control(bytes payload);
  event end_close(bytes payload);
  event fail(const violation& broken) noexcept;

  bool is_control() const noexcept { return (first_ & control_bit) != 0; }
  bool is_final() const noexcept { return (first_ & final_bit) != 0; }

  kept_payload kept_;
  std::uint32_t length_ = 0;      // in the header: the length as far as it is read; then: payload bytes still to come
  mask_key mask_ = 0;             // turned so that it fits the next payload byte
  std::uint8_t header_size_ = 2;  // as far as known
  std::uint8_t header_read_ = 0;  // bytes; equal to header_size_ while in the payload
  std::uint8_t first_ = 0;        // the frame's first byte
  std::uint8_t message_ = 0;      // the first byte of the message that is under way, or 0
  utf8_validator text_;
  bool ended_ = false;
};

static_assert(sizeof(reader) <= 24, "a reader exists once per idle connection");

}  // namespace peregrine::websocket
