// The known word that a mistyped one was most likely meant to be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace peregrine::cli {

// Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

// Nothing if none of them resembles it. The view is into `known`.
std::optional<std::string_view> nearest(std::string_view wrong, std::span<const std::string> known);

}  // namespace peregrine::cli
