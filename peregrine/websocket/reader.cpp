#include "peregrine/websocket/reader.hpp"

#include "peregrine/websocket/deflate.hpp"

#include <cassert>
#include <limits>

namespace peregrine::websocket {

namespace {

namespace rule {

using enum close_code;
constexpr violation reserved_bit{protocol_error, "a reserved bit is set without an extension (RFC 6455 §5.2)"};
constexpr violation compressed_late{protocol_error, "RSV1 is set beyond a message's first frame (RFC 7692 §6.1)"};
constexpr violation reserved_opcode{protocol_error, "a reserved opcode (RFC 6455 §5.2)"};
constexpr violation no_start{protocol_error, "a continuation without a start (RFC 6455 §5.4)"};
constexpr violation no_end{protocol_error, "a new message before the end of the last (RFC 6455 §5.4)"};
constexpr violation control_fragmented{protocol_error, "a control frame is fragmented (RFC 6455 §5.5)"};
constexpr violation control_too_long{protocol_error, "a control frame is longer than 125 bytes (RFC 6455 §5.5)"};
constexpr violation not_masked{protocol_error, "a client's frame is not masked (RFC 6455 §5.1)"};
constexpr violation masked{protocol_error, "a server's frame is masked (RFC 6455 §5.1)"};
constexpr violation length_not_minimal{protocol_error, "the length is not minimally encoded (RFC 6455 §5.2)"};
constexpr violation length_sign{protocol_error, "the length's most significant bit is set (RFC 6455 §5.2)"};
constexpr violation too_big{message_too_big, "the message is larger than accepted here (RFC 6455 §7.4.1)"};
constexpr violation too_many_fragments{policy_violation, "the message has too many fragments (RFC 6455 §7.4.1)"};
constexpr violation too_many_empty{policy_violation, "the message has too many empty fragments (RFC 6455 §7.4.1)"};
constexpr violation not_utf8{invalid_payload, "a text message is not UTF-8 (RFC 6455 §8.1)"};
constexpr violation reason_not_utf8{invalid_payload, "a close reason is not UTF-8 (RFC 6455 §5.5.1)"};
constexpr violation half_a_code{protocol_error, "a close frame holds one byte (RFC 6455 §5.5.1)"};
constexpr violation code_not_allowed{protocol_error, "a close code not allowed in a frame (RFC 6455 §7.4)"};

}  // namespace rule

// What cannot be compressed grows by it: five bytes per stored block, and blocks may be short. An eighth is what zlib's
// deflateBound allows at most; the rest is room for the smallest.
constexpr std::uint64_t most_on_wire(std::uint32_t max_message, bool compressed) noexcept {
  return compressed ? std::uint64_t{max_message} + max_message / 8 + 64 : max_message;
}

}  // namespace

event reader::feed(mutable_bytes& input, const reader_options& options, inflater* inflate) {
  kept_.drop_delivered();
  if (ended_) {
    input = input.last(0);
    return {};
  }
  for (;;) {
    if (header_read_ < header_size_) {
      if (const auto* broken = read_header(input, options, inflate != nullptr)) return fail(*broken);
      if (header_read_ < header_size_) return {};
    }
    if (input.size() < length_) {
      const auto part = input;
      input = input.last(0);
      if (part.empty()) return {};
      unmask(part, options.role);
      if (const auto* broken = keep_part(part)) return fail(*broken);
      return {};
    }
    const auto rest = input.first(length_);
    input = input.subspan(length_);
    unmask(rest, options.role);
    const auto outcome = end_frame(rest, options, inflate);
    if (outcome.kind != event_kind::need_more) return outcome;
  }
}

const violation* reader::read_header(mutable_bytes& input, const reader_options& options, bool may_be_compressed) {
  const std::uint8_t mask_size = options.role == role::server ? sizeof(mask_key) : 0;
  const auto at = [&input](std::size_t index) { return std::to_integer<std::uint8_t>(input[index]); };

  // Nearly always the header is whole and its length a short one.
  if (header_read_ == 0 && input.size() >= 2u + mask_size && (at(1) & length_bits) < length_of_16_bits) {
    if (const auto* broken = accept_first(at(0), may_be_compressed)) return broken;
    if (const auto* broken = accept_second(at(1), options.role)) return broken;
    if (const auto* broken = accept_length(options, may_be_compressed)) return broken;
    if (mask_size > 0) std::memcpy(&mask_, input.data() + 2, sizeof mask_);
    header_read_ = header_size_;
    input = input.subspan(header_size_);
    return nullptr;
  }
  while (header_read_ < header_size_ && !input.empty()) {
    const auto byte = at(0);
    input = input.subspan(1);
    const violation* broken = nullptr;
    if (header_read_ == 0) {
      broken = accept_first(byte, may_be_compressed);
    } else if (header_read_ == 1) {
      broken = accept_second(byte, options.role);
    } else if (header_read_ < header_size_ - mask_size) {
      broken = accept_length_byte(byte);
    } else {
      std::memcpy(reinterpret_cast<std::byte*>(&mask_) + (header_read_ + mask_size - header_size_), &byte, 1);
    }
    if (broken) return broken;
    ++header_read_;
    // As soon as the length is known, and before waiting for the key.
    if (header_read_ > 1 && header_read_ == header_size_ - mask_size) {
      broken = accept_length(options, may_be_compressed);
      if (broken) return broken;
    }
  }
  return nullptr;
}

const violation* reader::accept_first(std::uint8_t byte, bool may_be_compressed) noexcept {
  first_ = byte;
  const auto type = static_cast<opcode>(byte & opcode_bits);
  if (byte & reserved_bits) return &rule::reserved_bit;
  if (byte & compressed_bit) {
    if (!may_be_compressed) return &rule::reserved_bit;
    if (is_control() || type == opcode::continuation) return &rule::compressed_late;
  }
  switch (type) {
    case opcode::continuation:
      return message_ ? nullptr : &rule::no_start;
    case opcode::text:
    case opcode::binary:
      if (message_) return &rule::no_end;
      message_ = byte;
      return nullptr;
    case opcode::close:
    case opcode::ping:
    case opcode::pong:
      return is_final() ? nullptr : &rule::control_fragmented;
  }
  return &rule::reserved_opcode;
}

const violation* reader::accept_second(std::uint8_t byte, role ours) noexcept {
  const bool is_masked = (byte & masked_bit) != 0;
  if (ours == role::server && !is_masked) return &rule::not_masked;
  if (ours == role::client && is_masked) return &rule::masked;
  const std::uint8_t length = byte & length_bits;
  if (is_control() && length > max_control_payload) return &rule::control_too_long;
  header_size_ = static_cast<std::uint8_t>(2 + (is_masked ? sizeof(mask_key) : 0));
  if (length < length_of_16_bits) {
    length_ = length;
  } else {
    length_ = 0;
    header_size_ = static_cast<std::uint8_t>(header_size_ + (length == length_of_16_bits ? 2 : 8));
  }
  return nullptr;
}

// A 64-bit length whose upper half is not zero is refused here, so that 32 bits hold all others.
const violation* reader::accept_length_byte(std::uint8_t byte) noexcept {
  const bool is_wide = header_size_ > 2 + 2 + sizeof(mask_key);
  if (is_wide && header_read_ < 6) {
    if (header_read_ == 2 && (byte & 0x80)) return &rule::length_sign;
    if (byte != 0) return &rule::too_big;
  }
  length_ = length_ << 8 | byte;
  return nullptr;
}

const violation* reader::accept_length(const reader_options& options, bool may_be_compressed) noexcept {
  const auto without_mask = header_size_ - (options.role == role::server ? sizeof(mask_key) : 0);
  if (without_mask == 4 && length_ < length_of_16_bits) return &rule::length_not_minimal;
  if (without_mask == 10 && length_ <= std::numeric_limits<std::uint16_t>::max()) return &rule::length_not_minimal;
  if (is_control()) return nullptr;
  const bool compressed = may_be_compressed && (message_ & compressed_bit);
  const std::uint64_t size = kept_.message().size() + std::uint64_t{length_};
  return size > most_on_wire(options.max_message, compressed) ? &rule::too_big : nullptr;
}

void reader::unmask(mutable_bytes part, role ours) noexcept {
  if (ours != role::server) return;
  apply_mask(part, mask_);
  if (part.size() < length_) mask_ = turn(mask_, part.size());
}

// Text is checked as it arrives, so that the first bad byte ends it; compressed text once it is inflated.
const violation* reader::check_text(bytes part) noexcept {
  const bool is_plain_text = (message_ & (opcode_bits | compressed_bit)) == static_cast<std::uint8_t>(opcode::text);
  return is_plain_text && !text_.feed(part) ? &rule::not_utf8 : nullptr;
}

const violation* reader::keep_part(mutable_bytes part) {
  length_ -= static_cast<std::uint32_t>(part.size());
  if (is_control()) {
    kept_.append_control(part, length_);
    return nullptr;
  }
  if (const auto* broken = check_text(part)) return broken;
  kept_.append_message(part, is_final() ? length_ : std::numeric_limits<std::uint32_t>::max());
  return nullptr;
}

event reader::end_frame(bytes rest, const reader_options& options, inflater* inflate) {
  header_read_ = 0;
  header_size_ = 2;
  length_ = 0;
  if (is_control()) {
    if (!kept_.control().empty()) {
      kept_.append_control(rest, 0);
      rest = kept_.control();
      kept_.deliver_control();
    }
    return end_control(rest);
  }

  if (const auto* broken = check_text(rest)) return fail(*broken);
  if (is_final() && !kept_) return end_message(rest, options, inflate);
  kept_.append_message(rest, is_final() ? 0 : std::numeric_limits<std::uint32_t>::max());
  if (is_final()) return end_message(kept_.message(), options, inflate);

  kept_.count_fragment(rest.empty());
  if (kept_.fragments() > options.max_fragments) return fail(rule::too_many_fragments);
  if (kept_.empty_fragments() > options.max_empty_fragments) return fail(rule::too_many_empty);
  return {};
}

event reader::end_message(bytes payload, const reader_options& options, inflater* inflate) {
  const auto type = static_cast<opcode>(message_ & opcode_bits);
  const bool compressed = (message_ & compressed_bit) != 0;
  message_ = 0;
  if (compressed) {
    assert(inflate);
    const auto inflated = inflate->inflate(payload, options.max_message);
    kept_.clear();
    if (inflated.broken) return fail(*inflated.broken);
    payload = inflated.payload;
    if (type == opcode::text && !is_utf8(payload)) return fail(rule::not_utf8);
  } else {
    if (!text_.is_complete()) return fail(rule::not_utf8);
    if (kept_) kept_.deliver_message();
  }
  return {event_kind::message, type, close_code::no_status, payload};
}

event reader::end_control(bytes payload) {
  const auto type = static_cast<opcode>(first_ & opcode_bits);
  if (type == opcode::close) return end_close(payload);
  return {type == opcode::ping ? event_kind::ping : event_kind::pong, type, close_code::no_status, payload};
}

event reader::end_close(bytes payload) {
  if (payload.empty()) {
    ended_ = true;
    return {event_kind::close, opcode::close, close_code::no_status, {}};
  }
  if (payload.size() == 1) return fail(rule::half_a_code);
  const auto number = std::to_integer<unsigned>(payload[0]) << 8 | std::to_integer<unsigned>(payload[1]);
  const auto code = static_cast<close_code>(number);
  if (!is_allowed_on_wire(code)) return fail(rule::code_not_allowed);
  const auto reason = payload.subspan(2);
  if (!is_utf8(reason)) return fail(rule::reason_not_utf8);
  ended_ = true;
  return {event_kind::close, opcode::close, code, reason};
}

event reader::fail(const violation& broken) noexcept {
  ended_ = true;
  kept_.clear();
  return {event_kind::violation, opcode::continuation, broken.code, as_bytes(broken.why)};
}

}  // namespace peregrine::websocket
