// Masking (RFC 6455 §5.3): payload byte i is XORed with byte i mod 4 of the key. Applied twice, it undoes itself.
#pragma once

#include "peregrine/base/bytes.hpp"

#include <cstdint>

namespace peregrine::websocket {

using mask_key = std::uint32_t;  // its four bytes lie in memory as they do in the frame

// Masks or unmasks in place. `phase` is how many bytes of the payload came before `data`.
void apply_mask(mutable_bytes data, mask_key key, std::size_t phase = 0) noexcept;

// The key as it must be used for the payload that follows after `count` bytes.
mask_key turn(mask_key key, std::size_t count) noexcept;

}  // namespace peregrine::websocket
