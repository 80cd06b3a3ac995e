// Random bytes that nobody can foresee, from the kernel, drawn in bulk and handed out in small portions.
#pragma once

#include "peregrine/base/bytes.hpp"

namespace peregrine::websocket {

// Fills `out`, of at most 256 bytes. Each byte is handed out once: per thread, and also across fork(). Aborts if the
// kernel gives none.
void draw_entropy(mutable_bytes out) noexcept;

}  // namespace peregrine::websocket
