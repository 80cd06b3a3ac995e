// Any bytes as a compressed message: bounded, and the same each time; and any bytes as a message: compressed and
// inflated they are what they were. The first byte chooses the window, the context and the limit.
#include "peregrine/websocket/deflate.hpp"

#include "fuzz.hpp"
#include <algorithm>
#include <optional>
#include <vector>

namespace {

using namespace peregrine;
using namespace peregrine::websocket;

std::optional<std::vector<std::byte>> outcome(inflater& inflate, bytes payload, std::size_t limit) {
  const auto inflated = inflate.inflate(payload, limit);
  if (inflated.broken) return std::nullopt;
  require(inflated.payload.size() <= limit);
  return std::vector(inflated.payload.begin(), inflated.payload.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const auto window_bits = static_cast<std::uint8_t>(8 + data[0] % 8);
  const std::size_t limit = data[0] & 8 ? 64 * 1024 : 100;
  const auto takeover = data[0] & 16 ? context_takeover::yes : context_takeover::no;
  const bytes input = std::as_bytes(std::span(data, size)).subspan(1);

  // Without context what came before leaves no trace, be it corrupt or too big. (With a smaller window zlib finds a
  // match beyond it or not, depending on how the output happened to grow.)
  inflater alone(context_takeover::no);
  const auto first = outcome(alone, input, limit);
  require(outcome(alone, input, limit) == first);
  // An exact limit suffices.
  if (first) require(outcome(alone, input, first->size()) == first);

  deflater deflate(takeover, window_bits);
  inflater inflate(takeover, window_bits);
  const auto half = input.first(input.size() / 2);
  for (const bytes message : {half, input, bytes(), input}) {
    const auto same = outcome(inflate, deflate.compress(message), message.size());
    require(same && std::equal(same->begin(), same->end(), message.begin(), message.end()));
  }
  return 0;
}
