#include "peregrine/chat/backoff.hpp"

#include <algorithm>
#include <charconv>
#include <random>
#include <utility>

namespace peregrine::chat {

backoff::backoff(std::function<double()> random) : random_(std::move(random)) {}

backoff::duration backoff::next() {
  const auto half = reached_ / 2;
  const auto spread = static_cast<double>((reached_ - half).count()) * random_();
  reached_ = std::min(reached_ * 2, cap);
  return half + duration(static_cast<duration::rep>(spread));
}

std::optional<backoff::duration> asked_wait(std::string_view reason) {
  constexpr std::string_view asking = "come back in ";
  constexpr double longest = 3'600'000;
  const auto found = reason.find(asking);
  if (found == std::string_view::npos) return std::nullopt;
  const auto number = reason.substr(found + asking.size());
  if (number.empty() || number.front() < '0' || number.front() > '9') return std::nullopt;
  double seconds = 0;
  const auto [end, wrong] =
      std::from_chars(number.data(), number.data() + number.size(), seconds, std::chars_format::fixed);
  const auto unit = number.substr(static_cast<std::size_t>(end - number.data()));
  if (wrong != std::errc() || !unit.starts_with('s')) return std::nullopt;
  return backoff::duration(static_cast<backoff::duration::rep>(std::min(seconds * 1000, longest)));
}

std::function<double()> make_random() {
  return [source = std::minstd_rand(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(source);
  };
}

}  // namespace peregrine::chat
