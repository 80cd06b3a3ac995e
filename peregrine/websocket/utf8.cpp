#include "peregrine/websocket/utf8.hpp"

#include <simdjson.h>

#include <algorithm>

namespace peregrine::websocket {

namespace {

// Below this many bytes a look for high bits costs less than a call of simdjson.
constexpr std::size_t short_text = 128;

bool is_ascii(bytes text) noexcept {
  std::uint64_t seen = 0;
  const std::byte* at = text.data();
  std::size_t left = text.size();
  for (; left >= sizeof seen; at += sizeof seen, left -= sizeof seen) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    seen |= word;
  }
  for (; left > 0; ++at, --left) seen |= std::to_integer<std::uint64_t>(*at);
  return (seen & 0x8080808080808080) == 0;
}

// How many bytes at the end begin a character that is not finished there.
std::size_t unfinished(bytes text) noexcept {
  const std::size_t farthest = std::min<std::size_t>(3, text.size());
  for (std::size_t back = 1; back <= farthest; ++back) {
    const auto byte = std::to_integer<std::uint8_t>(text[text.size() - back]);
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8(bytes text) noexcept {
  if (text.size() <= short_text && is_ascii(text)) return true;
  return simdjson::validate_utf8(as_text(text));
}

bool utf8_validator::feed(bytes piece) noexcept {
  // The rest of a character that the last piece began.
  while (state_ != state::complete && !piece.empty()) {
    if (!step(piece.first(1))) return false;
    piece = piece.subspan(1);
  }
  const std::size_t tail = unfinished(piece);
  if (!is_utf8(piece.first(piece.size() - tail))) {
    state_ = state::invalid;
    return false;
  }
  return step(piece.last(tail));
}

bool utf8_validator::step(bytes piece) noexcept {
  for (const auto byte : piece) {
    state_ = next(state_, std::to_integer<std::uint8_t>(byte));
    if (state_ == state::invalid) return false;
  }
  return true;
}

utf8_validator::state utf8_validator::next(state now, std::uint8_t byte) noexcept {
  const auto within = [byte](std::uint8_t low, std::uint8_t high, state then) {
    return byte >= low && byte <= high ? then : state::invalid;
  };
  switch (now) {
    case state::complete:
      if (byte < 0x80) return state::complete;
      if (byte == 0xe0) return state::after_e0;
      if (byte == 0xed) return state::after_ed;
      if (byte == 0xf0) return state::after_f0;
      if (byte == 0xf4) return state::after_f4;
      if (byte >= 0xc2 && byte <= 0xdf) return state::one_more;
      if (byte >= 0xe1 && byte <= 0xef) return state::two_more;
      return within(0xf1, 0xf3, state::three_more);
    case state::one_more:
      return within(0x80, 0xbf, state::complete);
    case state::two_more:
      return within(0x80, 0xbf, state::one_more);
    case state::three_more:
      return within(0x80, 0xbf, state::two_more);
    case state::after_e0:
      return within(0xa0, 0xbf, state::one_more);
    case state::after_ed:
      return within(0x80, 0x9f, state::one_more);
    case state::after_f0:
      return within(0x90, 0xbf, state::two_more);
    case state::after_f4:
      return within(0x80, 0x8f, state::two_more);
    case state::invalid:
      break;
  }
  return state::invalid;
}

}  // namespace peregrine::websocket
