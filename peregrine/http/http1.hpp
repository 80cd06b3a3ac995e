// HTTP/1.1 heads (RFC 9112): parsed by llhttp, written here. Bodies are not our business: a WebSocket has none.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/http/message.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace peregrine::http {

// Reads one head, in as many pieces as it comes in.
class head_parser {
 public:
  enum class kind : bool { request, response };
  enum class outcome : std::uint8_t { need_more, complete, malformed };

  // A head may be `max_size` bytes long, at most 64 KiB.
  head_parser(kind of, std::uint32_t max_size);
  void reset() noexcept;  // for another head of the same kind
  head_parser(const head_parser&) = delete;
  head_parser& operator=(const head_parser&) = delete;

  // Takes bytes of the head and says how far it is. `used` is how many bytes of `piece` belong to the head; after
  // `complete` the rest belongs to what follows it.
  outcome feed(bytes piece, std::size_t& used);

  // After `complete`; views into the last piece and into this parser, valid until either goes. The list of fields is
  // one for the whole thread: it is valid until another parser is asked for its head.
  request as_request() noexcept;
  response as_response() noexcept;

  // After `malformed`: the status to answer with (400, 431, 505) and a sentence.
  int status() const noexcept { return status_; }
  const std::string& why() const noexcept { return why_; }

 private:
  struct callbacks;

  // Where a part of the head stands, counted from its first byte.
  struct part {
    std::uint16_t begin;
    std::uint16_t size;
  };
  static constexpr std::size_t max_fields = 64;

  bool extend(part& grown, const char* at, std::size_t size);
  [[gnu::cold]] outcome refuse(int status, std::string why);
  std::string_view text(part of) const noexcept;
  fields materialize() noexcept;

  alignas(8) std::array<std::byte, 96> machine_;  // llhttp's state, whose header only http1.cpp includes
  kind kind_;
  std::uint32_t max_size_;
  std::uint32_t size_ = 0;       // of the head so far
  const char* piece_ = nullptr;  // the piece that is being parsed; when complete: where the head begins
  std::string kept_;             // the head so far, if it came in several pieces
  part target_{};
  std::uint16_t field_count_ = 0;
  bool in_value_ = true;
  int status_ = 0;
  std::string why_;
  std::array<part, max_fields> names_;  // the first `field_count_` of each; the rest is never written
  std::array<part, max_fields> values_;
};

// Appends a response that closes the connection. Its body is plain text unless `extra` has a Content-Type; to HEAD only
// the body's length is told (RFC 9110 §9.3.2).
void append_response(std::string& out, int status, fields extra, std::string_view body, bool is_to_head = false);

}  // namespace peregrine::http
