// What may stand in the way of one more connection.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace peregrine {

enum class obstacle : std::uint8_t {
  address,  // so many come from there already
  rate,     // so many came in the last second
  files,    // this process can open no more, beside those that it needs itself
  memory,   // it has taken as much as it may
};
inline constexpr std::size_t obstacles = 4;

std::string_view name_of(obstacle met) noexcept;      // "address"
std::string_view sentence_of(obstacle met) noexcept;  // for who is turned away

// How many were, by what stood in their way.
using obstacle_counts = std::array<std::uint64_t, obstacles>;

}  // namespace peregrine
