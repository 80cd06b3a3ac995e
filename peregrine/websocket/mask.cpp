#include "peregrine/websocket/mask.hpp"

namespace peregrine::websocket {

mask_key turn(mask_key key, std::size_t count) noexcept {
  std::byte twice[2 * sizeof key];
  std::memcpy(twice, &key, sizeof key);
  std::memcpy(twice + sizeof key, &key, sizeof key);
  std::memcpy(&key, twice + count % sizeof key, sizeof key);
  return key;
}

void apply_mask(mutable_bytes data, mask_key key, std::size_t phase) noexcept {
  key = turn(key, phase);
  const std::uint64_t wide_key = std::uint64_t{key} << 32 | key;
  std::byte* at = data.data();
  std::size_t left = data.size();

  // Words through memcpy: no alignment needed, and both compilers make vector instructions of it.
  for (; left >= sizeof wide_key; at += sizeof wide_key, left -= sizeof wide_key) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word ^= wide_key;
    std::memcpy(at, &word, sizeof word);
  }
  std::byte key_bytes[sizeof wide_key];
  std::memcpy(key_bytes, &wide_key, sizeof wide_key);
  for (std::size_t i = 0; i < left; ++i) at[i] ^= key_bytes[i];
}

}  // namespace peregrine::websocket
