#include "peregrine/swarm/utterance.hpp"

#include <fmt/format.h>

#include <cassert>
#include <charconv>

namespace peregrine::swarm {
namespace {

constexpr std::string_view end = "\"}";
constexpr std::size_t kind_place = 19, number_place = 21, time_place = 30, time_end = 46;
static_assert(time_end + end.size() == voice::smallest);

template <class T>
bool read_hex(std::string_view digits, T& number) noexcept {
  const auto [stopped, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return code == std::errc{} && stopped == digits.data() + digits.size();
}

}  // namespace

voice::voice(std::uint32_t swarm) : prefix_(fmt::format(R"({{"swarm":"{:08x}.)", swarm)) {
  assert(prefix_.size() == kind_place);
}

std::string voice::say(const utterance& meant, std::size_t size) const {
  assert(size >= smallest);
  return fmt::format("{}{}.{:08x}.{:016x}{:.<{}}{}", prefix_, static_cast<char>(meant.what), meant.number, meant.time,
                     "", size - smallest, end);
}

std::optional<utterance> voice::recognise(std::string_view said) const noexcept {
  if (said.size() < smallest || !said.starts_with(prefix_)) return std::nullopt;
  utterance found{};
  found.what = static_cast<utterance::kind>(said[kind_place]);
  if (found.what != utterance::kind::broadcast && found.what != utterance::kind::echo) return std::nullopt;
  if (!read_hex(said.substr(number_place, time_place - 1 - number_place), found.number)) return std::nullopt;
  if (!read_hex(said.substr(time_place, time_end - time_place), found.time)) return std::nullopt;
  return found;
}

}  // namespace peregrine::swarm
