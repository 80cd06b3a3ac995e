#include "peregrine/worker/wire.hpp"

#include "peregrine/websocket/writer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace peregrine::worker {

namespace {

struct header {
  std::uint8_t what;
  std::uint8_t nothing;
  std::uint16_t room;
  std::uint32_t body;
};
static_assert(sizeof(header) == packet_header);

void append_header(std::vector<std::byte>& out, kind what, std::string_view room, std::size_t body) {
  assert(room.size() <= longest_room && body <= longest_body);
  const header made{static_cast<std::uint8_t>(what), 0, static_cast<std::uint16_t>(room.size()),
                    static_cast<std::uint32_t>(body)};
  const auto view = std::as_bytes(std::span(&made, 1));
  out.insert(out.end(), view.begin(), view.end());
  const auto name = as_bytes(room);
  out.insert(out.end(), name.begin(), name.end());
}

// What the bodies and names of a kind have to be like.
std::string_view fault_of(kind what, std::size_t room, std::size_t body) noexcept {
  switch (what) {
    case kind::hello:
    case kind::missed:
      return room == 0 && body == sizeof(std::uint64_t) ? "" : "a number has a name or another size than 8 bytes";
    case kind::subscribe:
    case kind::unsubscribe:
    case kind::congested:
    case kind::relieved:
      return room > 0 && body == 0 ? "" : "a word about a room has no room, or more than that";
    case kind::message:
      return room > 0 && body > sizeof(packet::said) && body <= longest_body
                 ? ""
                 : "a message has no room, no frame, or too long a one";
    case kind::alive:
      return room == 0 && body == 0 ? "" : "a sign of life carries something";
  }
  return "a packet of no known kind";
}

}  // namespace

std::uint64_t packet::number() const noexcept {
  assert(body.size() == sizeof(std::uint64_t));
  std::uint64_t value = 0;
  std::memcpy(&value, body.data(), sizeof value);
  return value;
}

void append_packet(std::vector<std::byte>& out, kind what, std::string_view room, bytes body) {
  append_header(out, what, room, body.size());
  out.insert(out.end(), body.begin(), body.end());
}

void append_number(std::vector<std::byte>& out, kind what, std::uint64_t number) {
  append_packet(out, what, {}, std::as_bytes(std::span(&number, 1)));
}

void append_message(std::vector<std::byte>& out, std::string_view room, const message& said, std::uint64_t time) {
  constexpr auto role = websocket::role::server;
  append_header(out, kind::message, room, sizeof time + websocket::frame_size(role, said.size()));
  const auto view = std::as_bytes(std::span(&time, 1));
  out.insert(out.end(), view.begin(), view.end());
  websocket::append_frame(out, role, {said.type(), said.payload()});
}

packet_reader::outcome packet_reader::next(bytes& input) {
  if (is_spent_) {
    kept_.clear();
    is_spent_ = false;
  }
  if (!why_.empty()) return outcome::malformed;
  if (kept_.empty() && input.size() >= packet_header) {
    if (!read_header(input.first(packet_header))) return outcome::malformed;
    const std::size_t size = packet_header + room_ + body_;
    if (input.size() >= size) {
      const auto whole = input.first(size);
      input = input.subspan(size);
      return finish(whole);
    }
  }
  // It came in pieces.
  if (kept_.size() < packet_header) {
    if (!fill(input, packet_header)) return outcome::need_more;
    if (!read_header(kept_)) return outcome::malformed;
  }
  if (!fill(input, packet_header + room_ + body_)) return outcome::need_more;
  is_spent_ = true;
  return finish(kept_);
}

bool packet_reader::fill(bytes& input, std::size_t size) {
  const auto more = input.first(std::min(input.size(), size - kept_.size()));
  kept_.insert(kept_.end(), more.begin(), more.end());
  input = input.subspan(more.size());
  return kept_.size() == size;
}

bool packet_reader::read_header(bytes from) {
  header read{};
  std::memcpy(&read, from.data(), sizeof read);
  room_ = read.room;
  body_ = read.body;
  current_.what = static_cast<kind>(read.what);
  why_ = fault_of(current_.what, room_, body_);
  return why_.empty();
}

packet_reader::outcome packet_reader::finish(bytes whole) {
  current_.room = as_text(whole.subspan(packet_header, room_));
  current_.body = whole.subspan(packet_header + room_);
  current_.said = 0;
  current_.whole = whole;
  if (current_.what == kind::message) {
    std::memcpy(&current_.said, current_.body.data(), sizeof current_.said);
    current_.body = current_.body.subspan(sizeof current_.said);
  }
  return outcome::packet;
}

}  // namespace peregrine::worker
