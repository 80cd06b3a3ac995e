// Any bytes, as a client or as a server, with and without compression: the reader tells the same events however the
// bytes are cut, and stays within its limits. The first two bytes choose the role, the compression and the cuts.
#include "peregrine/websocket/deflate.hpp"
#include "peregrine/websocket/reader.hpp"

#include "fuzz.hpp"
#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace peregrine;
using namespace peregrine::websocket;

struct told {
  event_kind kind;
  opcode type;
  close_code code;
  std::string payload;

  bool operator==(const told&) const = default;
};

// Pseudo-random sizes of pieces; 0 is all at once.
std::size_t next_piece(std::uint32_t& seed) {
  if (seed == 0) return SIZE_MAX;
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return 1 + seed % (seed & 0x10000 ? 4 : 40);
}

std::vector<told> read(bytes input, std::uint32_t seed, const reader_options& options, inflater* inflate) {
  reader in;
  std::vector<told> events;
  while (!input.empty()) {
    const auto size = std::min(input.size(), next_piece(seed));
    // A block of its own, so that a view beyond it is found.
    std::vector<std::byte> piece(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    input = input.subspan(size);
    mutable_bytes rest(piece);
    for (;;) {
      const auto before = rest.size();
      const auto what = in.feed(rest, options, inflate);
      require(rest.size() <= before);
      if (what.kind == event_kind::need_more) break;
      events.push_back({what.kind, what.type, what.code, std::string(as_text(what.payload))});
      if (what.kind == event_kind::message) require(what.payload.size() <= options.max_message);
      if (what.kind == event_kind::message && what.type == opcode::text) require(is_utf8(what.payload));
      if (what.kind == event_kind::close || what.kind == event_kind::violation) require(in.has_ended());
      if (before % 2) in.release();
    }
    require(rest.empty());
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const reader_options options{.role = data[0] & 1 ? role::server : role::client,
                               .max_message = 2048,
                               .max_fragments = 16,
                               .max_empty_fragments = 4};
  const auto takeover = data[0] & 4 ? context_takeover::yes : context_takeover::no;
  const bytes input = std::as_bytes(std::span(data, size)).subspan(2);
  const auto run = [&](std::uint32_t seed) {
    if (!(data[0] & 2)) return read(input, seed, options, nullptr);
    inflater inflate(takeover);
    return read(input, seed, options, &inflate);
  };
  require(run(0) == run(1 + data[1] * 2654435761u));
  return 0;
}
