// Cuts what a peer sends into its frames (RFC 9113 §4.1), and takes aside those that are most: DATA and WINDOW_UPDATE
// of streams that are open in both directions. The others go on to the engine as they came, in runs as long as can be.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/http2/request_head.hpp"
#include "peregrine/http2/side.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace peregrine::http2 {

// RFC 9113 §6
enum class frame_type : std::uint8_t {
  data = 0x0,
  headers = 0x1,
  priority = 0x2,
  rst_stream = 0x3,
  settings = 0x4,
  push_promise = 0x5,
  ping = 0x6,
  goaway = 0x7,
  window_update = 0x8,
  continuation = 0x9,
  priority_update = 0x10,  // RFC 9218 §7.1
};

// Bytes of payload: every peer takes so many, and so do we, who tell no other (RFC 9113 §4.2).
constexpr std::uint32_t largest_frame = 16'384;

struct frame_head {
  static constexpr std::size_t size = 9;
  static constexpr std::uint8_t end_stream = 0x1;  // DATA, HEADERS
  static constexpr std::uint8_t ack = 0x1;         // SETTINGS, PING
  static constexpr std::uint8_t end_headers = 0x4;
  static constexpr std::uint8_t padded = 0x8;

  static frame_head parse(const std::byte* from) noexcept;
  void write(std::byte* to) const noexcept;

  std::uint32_t length;
  frame_type type;
  std::uint8_t flags;
  stream_id stream;
};

class frame_cutter {
 public:
  enum class verdict : std::uint8_t {
    pass,  // to the engine
    take,  // aside: only well-formed DATA, WINDOW_UPDATE, and the acknowledgement of SETTINGS, of which no more is told
    stop,  // the connection is over: nothing more is cut
  };

  // Sees each head of a frame once, when all that came before it has been handed out.
  class judge {
   public:
    virtual verdict on_head(const frame_head& head, bool may_be_taken) = 0;

   protected:
    ~judge() = default;
  };

  enum class kind : std::uint8_t { need_more, pass, data, window_update, bad_padding };
  struct piece {
    kind what = kind::need_more;
    mutable_bytes content;     // pass: for the engine; data: of the payload, without its padding
    stream_id stream = 0;      // data, window_update
    std::uint32_t value = 0;   // data: what this piece takes of the windows, padding too (§6.1); else the increment
    bool is_last = false;      // data: the frame ends with this piece,
    bool ends_stream = false;  // and so does the stream
  };

  // A server's input begins with the preface (§3.4).
  explicit frame_cutter(side ours) noexcept;

  // Takes the next piece from the front of `input`; need_more when it is used up, or when the judge said stop.
  piece next(mutable_bytes& input, judge& by);

  // Whether all that was handed on to the engine are whole frames, and whole blocks of header fields.
  bool is_between() const noexcept { return state_ != state::passing && !in_header_block_; }

 private:
  enum class state : std::uint8_t { head, passing, data, window_update, stopped };

  piece next_run(mutable_bytes& input, judge& by);
  piece next_head(mutable_bytes& input, judge& by);
  piece pass(mutable_bytes& input) noexcept;
  piece next_data(mutable_bytes& input) noexcept;
  piece next_increment(mutable_bytes& input) noexcept;
  bool may_be_taken(const frame_head& head) const noexcept;
  verdict ask(const frame_head& head, judge& by);
  void begin(const frame_head& head, verdict said) noexcept;

  state state_;
  bool in_header_block_ = false;   // only CONTINUATION may follow (§6.10)
  bool wants_pad_length_ = false;  // of DATA
  std::uint8_t gathered_ = 0;      // bytes in `held_`
  std::uint8_t padding_ = 0;
  std::uint32_t left_;  // bytes of the frame, or of the preface
  frame_head now_{};
  std::array<std::byte, frame_head::size> held_;  // a head, or an increment, that came in pieces
};

}  // namespace peregrine::http2
