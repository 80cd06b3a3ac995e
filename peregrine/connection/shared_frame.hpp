// Messages encoded once for everybody: a server's frames are not masked (RFC 6455 §5.1), so one encoding serves every
// recipient, and one compression all who negotiated it.
#pragma once

#include "peregrine/base/shared_buffer.hpp"
#include "peregrine/connection/message.hpp"

#include <cstdint>
#include <vector>

namespace peregrine {

// One message or several, in the order in which they are to arrive. Copies share the bytes.
class shared_frame {
 public:
  shared_frame() = default;
  explicit shared_frame(const message& said);

  // From frames that were encoded one behind the other by a server.
  explicit shared_frame(shared_buffer encoded) noexcept : plain_(std::move(encoded)) {}

  const shared_buffer& plain() const noexcept { return plain_; }

  // The same messages as permessage-deflate without context takeover sends them; made at the first call.
  const shared_buffer& compressed() const;

 private:
  shared_buffer plain_;
  mutable shared_buffer compressed_;
};

// Messages shorter than this are not compressed: they would not become smaller.
inline constexpr std::size_t smallest_compressed = 64;

}  // namespace peregrine
