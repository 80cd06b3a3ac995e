#include "peregrine/websocket/deflate.hpp"

#include "peregrine/base/heap_account.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <new>

namespace peregrine::websocket {

namespace {

constinit heap_account states("zlib: what compresses and inflates", owner::library);

std::unique_ptr<z_stream> make_stream() {
  auto made = std::make_unique<z_stream>();
  made->zalloc = [](void*, uInt count, uInt size) { return states.take_zeroed(count, size); };
  made->zfree = [](void*, void* block) { states.release(block); };
  return made;
}

constexpr violation too_big{close_code::message_too_big,
                            "the message inflates beyond what is accepted here (RFC 7692 §8)"};
constexpr violation corrupt{close_code::invalid_payload, "a compressed message is not valid DEFLATE (RFC 7692 §7.2.2)"};

// What every sync flush ends with; it is left out of the frame and put back before inflating (§7.2.1, §7.2.2).
constexpr std::array tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xff}, std::byte{0xff}};
constexpr std::array empty_message{std::byte{0x00}};  // §7.2.3.6

constexpr std::size_t kept_by_shared = std::size_t{16} * 1024;
constexpr int memory_level = 8;

// zlib knows no raw window of 256 bytes: deflateInit2 refuses -8, and older versions silently made it 9.
constexpr std::uint8_t least_raw_window_bits = 9;

Bytef* zlib_input(bytes data) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(data.data()));
}
Bytef* zlib_output(std::byte* data) noexcept {
  return reinterpret_cast<Bytef*>(data);
}

}  // namespace

void deflate_buffer::grow(std::size_t used, std::size_t capacity) {
  auto grown = std::make_unique_for_overwrite<std::byte[]>(capacity);
  if (used > 0) std::memcpy(grown.get(), bytes_.get(), used);
  bytes_ = std::move(grown);
  capacity_ = capacity;
}

void deflate_buffer::shrink(std::size_t to) noexcept {
  if (capacity_ <= to) return;
  bytes_.reset();
  capacity_ = 0;
}

void deflater::end::operator()(z_stream_s* stream) const noexcept {
  deflateEnd(stream);
  delete stream;
}

deflater::deflater(context_takeover takeover, std::uint8_t window_bits)
    : stream_(make_stream().release()), takeover_(takeover) {
  assert(window_bits >= 8 && window_bits <= max_window_bits);
  // Runs alone, which look back one byte, keep within the 256 bytes that a peer with 8 window bits has.
  const int strategy = window_bits < least_raw_window_bits ? Z_RLE : Z_DEFAULT_STRATEGY;
  const int bits = std::max(window_bits, least_raw_window_bits);
  if (deflateInit2(stream_.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, -bits, memory_level, strategy) != Z_OK) {
    throw std::bad_alloc();
  }
}

bytes deflater::compress(bytes message) {
  release();
  if (message.empty()) return empty_message;
  if (takeover_ == context_takeover::no) deflateReset(stream_.get());
  assert(message.size() <= UINT32_MAX);
  stream_->next_in = zlib_input(message);
  stream_->avail_in = static_cast<uInt>(message.size());
  std::size_t used = 0;
  std::size_t needed = deflateBound(stream_.get(), stream_->avail_in) + 2 * tail.size();
  do {
    if (out_.capacity() < needed) out_.grow(used, needed);
    stream_->next_out = zlib_output(out_.data() + used);
    stream_->avail_out = static_cast<uInt>(out_.capacity() - used);
    deflate(stream_.get(), Z_SYNC_FLUSH);
    used = out_.capacity() - stream_->avail_out;
    needed = 2 * out_.capacity();
  } while (stream_->avail_out == 0);
  return {out_.data(), used - tail.size()};
}

void deflater::release() noexcept {
  out_.shrink(takeover_ == context_takeover::yes ? 0 : kept_by_shared);
}

void inflater::end::operator()(z_stream_s* stream) const noexcept {
  inflateEnd(stream);
  delete stream;
}

// A peer that agreed to 8 bits may be one of those that use 9.
inflater::inflater(context_takeover takeover, std::uint8_t window_bits)
    : stream_(make_stream().release()), takeover_(takeover) {
  assert(window_bits >= 8 && window_bits <= max_window_bits);
  if (inflateInit2(stream_.get(), -int{std::max(window_bits, least_raw_window_bits)}) != Z_OK) throw std::bad_alloc();
}

inflated inflater::inflate(bytes payload, std::size_t max_message) {
  release();
  // Some peers send nothing at all for an empty message, where §7.2.3.6 has one byte.
  if (payload.empty()) return {};
  if (takeover_ == context_takeover::no) inflateReset(stream_.get());
  std::size_t used = 0;
  for (const bytes piece : {payload, bytes(tail)}) {
    if (const auto* broken = run(piece, used, max_message)) return {{}, broken};
  }
  // With its tail put back a message ends between two blocks and on a whole byte (zlib.h, inflate, data_type).
  const bool is_between_blocks = (stream_->data_type & 128) != 0;
  const bool is_whole_byte = (stream_->data_type & 63) == 0;
  if (!is_between_blocks || !is_whole_byte) return {{}, &corrupt};
  return {{out_.data(), used}, nullptr};
}

const violation* inflater::run(bytes piece, std::size_t& used, std::size_t max_message) {
  stream_->next_in = zlib_input(piece);
  stream_->avail_in = static_cast<uInt>(piece.size());
  const std::size_t one_too_many = max_message + 1;
  for (;;) {
    if (used == out_.capacity()) {
      const std::size_t guess = std::max<std::size_t>(4 * piece.size(), 256);
      out_.grow(used, std::min(std::max(guess, 2 * used), one_too_many));
    }
    const std::size_t room = std::min(out_.capacity(), one_too_many) - used;
    stream_->next_out = zlib_output(out_.data() + used);
    stream_->avail_out = static_cast<uInt>(room);
    const int outcome = ::inflate(stream_.get(), Z_SYNC_FLUSH);
    used += room - stream_->avail_out;
    if (used > max_message) return &too_big;
    if (outcome == Z_STREAM_END) {
      // A final block ends a stream and not the message (§7.2.3.4): the next block goes on in the same window.
      inflateResetKeep(stream_.get());
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      return &corrupt;
    }
    if (stream_->avail_in == 0 && stream_->avail_out > 0) return nullptr;
  }
}

void inflater::release() noexcept {
  out_.shrink(takeover_ == context_takeover::yes ? 0 : kept_by_shared);
}

deflater& shared_deflater(std::uint8_t window_bits) {
  assert(window_bits >= 8 && window_bits <= max_window_bits);
  thread_local std::array<std::unique_ptr<deflater>, max_window_bits + 1> by_window_bits;
  auto& found = by_window_bits[window_bits];
  if (!found) found = std::make_unique<deflater>(context_takeover::no, window_bits);
  return *found;
}

inflater& shared_inflater() {
  thread_local inflater instance(context_takeover::no);
  return instance;
}

}  // namespace peregrine::websocket
