// Views of bytes, and the two ways between bytes and text.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace peregrine {

using bytes = std::span<const std::byte>;
using mutable_bytes = std::span<std::byte>;

inline bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string_view as_text(bytes data) noexcept {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

}  // namespace peregrine
