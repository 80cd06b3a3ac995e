#include "peregrine/http2/frame_cutter.hpp"

#include <algorithm>
#include <cstring>

namespace peregrine::http2 {

namespace {

constexpr std::uint32_t preface_size = 24;  // RFC 9113 §3.4
constexpr std::uint32_t increment_size = 4;

std::uint32_t number(const std::byte* from, std::size_t size) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | std::to_integer<std::uint32_t>(from[i]);
  return value;
}

mutable_bytes take(mutable_bytes& input, std::size_t size) noexcept {
  const auto taken = input.first(std::min(size, input.size()));
  input = input.subspan(taken.size());
  return taken;
}

}  // namespace

frame_head frame_head::parse(const std::byte* from) noexcept {
  return {number(from, 3), static_cast<frame_type>(from[3]), std::to_integer<std::uint8_t>(from[4]),
          static_cast<stream_id>(number(from + 5, 4) & 0x7fff'ffff)};
}

void frame_head::write(std::byte* to) const noexcept {
  const auto put = [&to](std::uint32_t value, int bytes) {
    while (bytes-- > 0) *to++ = static_cast<std::byte>(value >> (8 * bytes));
  };
  put(length, 3);
  put(static_cast<std::uint32_t>(type), 1);
  put(flags, 1);
  put(static_cast<std::uint32_t>(stream), 4);
}

frame_cutter::frame_cutter(side ours) noexcept
    : state_(ours == side::server ? state::passing : state::head), left_(ours == side::server ? preface_size : 0) {}

frame_cutter::piece frame_cutter::next(mutable_bytes& input, judge& by) {
  while (!input.empty()) {
    piece found;
    switch (state_) {
      case state::head:
        found = gathered_ == 0 && input.size() >= frame_head::size ? next_run(input, by) : next_head(input, by);
        break;
      case state::passing:
        found = pass(input);
        break;
      case state::data:
        found = next_data(input);
        break;
      case state::window_update:
        found = next_increment(input);
        break;
      case state::stopped:
        input = {};
        break;
    }
    if (found.what != kind::need_more) return found;
  }
  return {};
}

// Whole heads, where they stand.
frame_cutter::piece frame_cutter::next_run(mutable_bytes& input, judge& by) {
  std::size_t run = 0;
  while (state_ == state::head && input.size() - run >= frame_head::size) {
    const auto head = frame_head::parse(input.data() + run);
    if (run > 0 && may_be_taken(head)) break;  // what is before it may decide over it
    const auto said = ask(head, by);
    begin(head, said);
    if (said == verdict::stop) break;
    if (said == verdict::take) {
      take(input, frame_head::size);
      if (state_ == state::data && left_ == 0) return next_data(input);
      return {};
    }
    run += frame_head::size;
    const auto part = std::min<std::size_t>(left_, input.size() - run);
    left_ -= static_cast<std::uint32_t>(part);
    run += part;
    if (left_ == 0) state_ = state::head;
  }
  piece found;
  if (run > 0) {
    found.what = kind::pass;
    found.content = take(input, run);
  }
  return found;
}

// A head that comes in pieces.
frame_cutter::piece frame_cutter::next_head(mutable_bytes& input, judge& by) {
  const auto part = take(input, frame_head::size - gathered_);
  std::memcpy(held_.data() + gathered_, part.data(), part.size());
  gathered_ = static_cast<std::uint8_t>(gathered_ + part.size());
  if (gathered_ < frame_head::size) return {};
  gathered_ = 0;
  const auto head = frame_head::parse(held_.data());
  const auto said = ask(head, by);
  begin(head, said);
  piece found;
  if (said == verdict::pass) {
    found.what = kind::pass;
    found.content = held_;
    if (left_ == 0) state_ = state::head;
  } else if (state_ == state::data && left_ == 0) {
    found = next_data(input);
  }
  return found;
}

bool frame_cutter::may_be_taken(const frame_head& head) const noexcept {
  if (in_header_block_) return false;
  if (head.type == frame_type::window_update) return head.length == increment_size;
  if (head.type == frame_type::settings) return (head.flags & frame_head::ack) && head.length == 0 && head.stream == 0;
  if (head.type != frame_type::data || head.length > largest_frame) return false;
  return head.length > 0 || !(head.flags & frame_head::padded);
}

frame_cutter::verdict frame_cutter::ask(const frame_head& head, judge& by) {
  const auto said = by.on_head(head, may_be_taken(head));
  if (head.type == frame_type::headers || head.type == frame_type::push_promise ||
      head.type == frame_type::continuation) {
    in_header_block_ = !(head.flags & frame_head::end_headers);
  }
  return said;
}

void frame_cutter::begin(const frame_head& head, verdict said) noexcept {
  now_ = head;
  left_ = head.length;
  padding_ = 0;
  wants_pad_length_ = said == verdict::take && head.type == frame_type::data && (head.flags & frame_head::padded);
  if (said == verdict::stop) {
    state_ = state::stopped;
  } else if (said == verdict::pass) {
    state_ = state::passing;
  } else {
    state_ = head.type == frame_type::data            ? state::data
             : head.type == frame_type::window_update ? state::window_update
                                                      : state::head;
  }
}

frame_cutter::piece frame_cutter::pass(mutable_bytes& input) noexcept {
  piece found;
  found.what = kind::pass;
  found.content = take(input, left_);
  left_ -= static_cast<std::uint32_t>(found.content.size());
  if (left_ == 0) state_ = state::head;
  return found;
}

frame_cutter::piece frame_cutter::next_data(mutable_bytes& input) noexcept {
  piece found;
  found.what = kind::data;
  found.stream = now_.stream;
  const auto before = left_;
  if (wants_pad_length_) {
    padding_ = std::to_integer<std::uint8_t>(take(input, 1).front());
    --left_;
    wants_pad_length_ = false;
    if (padding_ > left_) {
      state_ = state::stopped;
      found.what = kind::bad_padding;
      return found;
    }
  }
  found.content = take(input, left_ - std::min<std::uint32_t>(left_, padding_));
  left_ -= static_cast<std::uint32_t>(found.content.size());
  if (left_ <= padding_) left_ -= static_cast<std::uint32_t>(take(input, left_).size());
  found.value = before - left_;
  found.is_last = left_ == 0;
  found.ends_stream = found.is_last && (now_.flags & frame_head::end_stream);
  if (left_ == 0) {
    state_ = state::head;
  } else if (left_ < padding_) {
    padding_ = static_cast<std::uint8_t>(left_);  // what is left is padding
  }
  return found;
}

frame_cutter::piece frame_cutter::next_increment(mutable_bytes& input) noexcept {
  const auto part = take(input, increment_size - gathered_);
  std::memcpy(held_.data() + gathered_, part.data(), part.size());
  gathered_ = static_cast<std::uint8_t>(gathered_ + part.size());
  if (gathered_ < increment_size) return {};
  gathered_ = 0;
  state_ = state::head;
  piece found;
  found.what = kind::window_update;
  found.stream = now_.stream;
  found.value = number(held_.data(), increment_size) & 0x7fff'ffff;
  return found;
}

}  // namespace peregrine::http2
