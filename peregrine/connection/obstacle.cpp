#include "peregrine/connection/obstacle.hpp"

namespace peregrine {

std::string_view name_of(obstacle met) noexcept {
  constexpr std::array<std::string_view, obstacles> names{"address", "rate", "files", "memory"};
  return names[static_cast<std::size_t>(met)];
}

std::string_view sentence_of(obstacle met) noexcept {
  constexpr std::array<std::string_view, obstacles> sentences{
      "Too many connections come from your address already. Close some, or try again later.",
      "Too many new connections came in the last second. Try again in a moment.",
      "The server is full: it can open no more connections. Try again later.",
      "The server is full: it has no memory for more connections. Try again later."};
  return sentences[static_cast<std::size_t>(met)];
}

}  // namespace peregrine
