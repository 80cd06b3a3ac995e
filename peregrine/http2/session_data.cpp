// The half of a session through which DATA and its windows pass (RFC 9113 §6.1, §6.9), without the engine.
#include "peregrine/http2/session.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

namespace peregrine::http2 {

namespace {

constexpr std::int64_t largest_window = std::numeric_limits<std::int32_t>::max();  // §6.9.1

}  // namespace

// ---- what comes ----

bool session::feed(mutable_bytes input, std::uint64_t now) {
  if (has_failed_) return false;
  watch_.at(now);
  for (auto next = cutter_.next(input, *this); next.what != frame_cutter::kind::need_more;
       next = cutter_.next(input, *this)) {
    take(next);
    if (has_failed_) break;
  }
  send_bodies();
  let_end();
  send_queued();
  return !has_failed_;
}

void session::take(const frame_cutter::piece& piece) {
  switch (piece.what) {
    case frame_cutter::kind::pass:
      run(piece.content);
      break;
    case frame_cutter::kind::data:
      take_data(piece);
      break;
    case frame_cutter::kind::window_update:
      take_increment(piece);
      break;
    case frame_cutter::kind::bad_padding:
      fail(error_code::protocol_error, "padding longer than its frame (RFC 9113 §6.1)");
      break;
    case frame_cutter::kind::need_more:
      break;
  }
}

frame_cutter::verdict session::on_head(const frame_head& head, bool may_be_taken) {
  using verdict = frame_cutter::verdict;
  if (has_failed_) return verdict::stop;
  if (const auto cost = watch_.cost_of(head); cost && !watch_.spend(*cost)) {
    blame(*cost);
    return verdict::stop;
  }
  // The engine is not told that the peer knows our SETTINGS: it would end the connection for a stream beyond the limit,
  // where REFUSED_STREAM does (RFC 9113 §5.1.2). Of what we set it then knows the streams' windows no better: see
  // `on_content`.
  if (may_be_taken && head.type == frame_type::settings) return verdict::take;
  if (!may_be_taken || !has_peer_settings_) return verdict::pass;
  if (head.type == frame_type::window_update) {
    taken_ = head.stream == 0 ? nullptr : find(head.stream);
    return head.stream == 0 || taken_ ? verdict::take : verdict::pass;
  }
  taken_ = tunnels_.find(head.stream);
  carries_content_ = false;
  // What is wrong with DATA that comes too early or too late, the engine knows.
  return taken_ && taken_->is_open && !taken_->peer_has_ended ? verdict::take : verdict::pass;
}

// Of a stream, or of the body that is its answer.
tunnel* session::find(stream_id id) noexcept {
  if (!bodies_.empty()) {
    const auto found = bodies_.find(id);
    if (found != bodies_.end()) return &found->second.way;
  }
  return tunnels_.find(id);
}

void session::take_data(const frame_cutter::piece& piece) {
  credit_ += piece.value;
  // The engine counts what passes through it by itself, and tells at the half: both together stay within the window.
  if (credit_ >= options_.connection_window / 4) send_window_update(0, std::exchange(credit_, 0));
  carries_content_ = carries_content_ || !piece.content.empty();
  if (piece.is_last && piece.value > 0 && !carries_content_) spend(expense::empty);  // padding alone
  if (!taken_) return;
  auto& from = *taken_;
  from.unread += piece.value;
  if (from.unread + from.credit > options_.stream_window) {
    fail_stream(from, error_code::flow_control_error);
    return;
  }
  if (const auto padding = piece.value - piece.content.size(); padding > 0) consume(from, padding);
  if (!piece.content.empty()) told_.on_data(from, piece.content);
  if (!piece.ends_stream) return;
  std::array<std::byte, frame_head::size> end;
  frame_head{0, frame_type::data, frame_head::end_stream, piece.stream}.write(end.data());
  run(end);
}

void session::take_increment(const frame_cutter::piece& piece) {
  if (piece.stream != 0) {
    if (taken_) widen(*taken_, piece.value);
    return;
  }
  send_window_ += piece.value;
  if (piece.value == 0) {
    fail(error_code::protocol_error, "a WINDOW_UPDATE by nothing (RFC 9113 §6.9)");
  } else if (send_window_ > largest_window) {
    fail(error_code::flow_control_error, "a window of more than 2^31-1 bytes (RFC 9113 §6.9.1)");
  } else {
    told_.on_window(nullptr);
  }
}

void session::widen(tunnel& window, std::uint32_t increment) {
  const auto widened = window.send_window + std::int64_t{increment};
  if (increment == 0) {
    fail_stream(window, error_code::protocol_error);
  } else if (widened > largest_window) {
    fail_stream(window, error_code::flow_control_error);
  } else {
    window.send_window = static_cast<std::int32_t>(widened);
    if (tunnels_.find(window.id)) told_.on_window(&window);
  }
}

void session::change_window(tunnel& of, std::int64_t change) {
  const auto changed = of.send_window + change;
  if (changed > largest_window) {
    fail(error_code::flow_control_error, "a window of more than 2^31-1 bytes (RFC 9113 §6.9.2)");
  } else {
    of.send_window = static_cast<std::int32_t>(changed);
  }
}

// ---- what leaves ----

std::size_t session::write(tunnel& to, std::span<const bytes> pieces, std::size_t most) {
  if (has_failed_) return 0;
  if (!to.is_open) {
    to.waits_to_open = true;
    return 0;
  }
  const auto window = std::min<std::int64_t>(to.send_window, send_window_);
  if (window <= 0) return 0;
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece.size();
  size = std::min({size, most, static_cast<std::size_t>(window)});
  std::size_t in_frame = 0;  // bytes for which the frame that was begun has room
  std::size_t left = size;
  for (auto rest : pieces) {
    while (left > 0 && !rest.empty()) {
      if (in_frame == 0) {
        in_frame = std::min<std::size_t>(left, largest_frame);
        frame_head{static_cast<std::uint32_t>(in_frame), frame_type::data, 0, to.id}.write(
            output_.extend(frame_head::size));
        watch_.on_data_sent();
      }
      const auto part = rest.first(std::min(rest.size(), in_frame));
      output_.append(part);
      rest = rest.subspan(part.size());
      in_frame -= part.size();
      left -= part.size();
    }
  }
  to.send_window -= static_cast<std::int32_t>(size);
  send_window_ -= static_cast<std::int64_t>(size);
  return size;
}

void session::open(tunnel& by) {
  by.is_open = true;
  if (by.waits_to_open && tunnels_.find(by.id)) told_.on_window(&by);
  by.waits_to_open = false;
}

void session::consume(tunnel& of, std::size_t size) {
  of.unread -= static_cast<std::uint32_t>(size);
  of.credit += static_cast<std::uint32_t>(size);
  if (of.credit < options_.stream_window / 2 || of.peer_has_ended || has_failed_) return;
  send_window_update(of.id, std::exchange(of.credit, 0));
}

void session::send_window_update(stream_id id, std::uint32_t increment) {
  std::byte* out = output_.extend(frame_head::size + sizeof increment);
  frame_head{sizeof increment, frame_type::window_update, 0, id}.write(out);
  out += frame_head::size;
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::byte>(increment >> shift);
}

void session::send_bodies() {
  for (auto each = bodies_.begin(); each != bodies_.end();) {
    auto& [id, left] = *each++;
    const bytes rest = as_bytes(left.unsent);
    left.unsent.erase(0, write(left.way, {&rest, 1}));
    if (!left.unsent.empty()) continue;
    auto way = left.way;
    part(way);
  }
}

}  // namespace peregrine::http2
