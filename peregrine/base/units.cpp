#include "peregrine/base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

namespace peregrine {
namespace {

using std::chrono::nanoseconds;

struct unit {
  std::string_view name;
  double scale;
};

constexpr std::array<unit, 7> times{
    {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
constexpr double kibi = 1024;
constexpr std::array<unit, 14> sizes{{{"", 1},
                                      {"B", 1},
                                      {"KiB", kibi},
                                      {"MiB", kibi* kibi},
                                      {"GiB", kibi* kibi* kibi},
                                      {"TiB", kibi* kibi* kibi* kibi},
                                      {"K", kibi},
                                      {"M", kibi* kibi},
                                      {"G", kibi* kibi* kibi},
                                      {"T", kibi* kibi* kibi* kibi},
                                      {"kB", 1e3},
                                      {"MB", 1e6},
                                      {"GB", 1e9},
                                      {"TB", 1e12}}};
constexpr std::array<unit, 6> counts{{{"", 1}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"B", 1e9}}};
constexpr std::array<unit, 4> periods{{{"", 1}, {"/s", 1}, {"/m", 60}, {"/h", 3600}}};

// 2^63: beyond it neither nanoseconds nor any size on a machine goes.
constexpr double ceiling = 9223372036854775808.0;

failure refuse(std::string_view text, std::string_view what, std::string_view expected) {
  return {text.empty() ? fmt::format("an empty value is no {}; expected {}", what, expected)
                       : fmt::format("\"{}\" is no {}; expected {}", text, what, expected)};
}

// Takes a decimal number off the front: digits, single underscores between digits, at most one point. Whole numbers up
// to 2^53 are exact, and more is asked of nobody who writes by hand.
std::optional<double> take_number(std::string_view& text) {
  std::string digits;
  std::size_t used = 0;
  const auto is_digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  while (used < text.size()) {
    if (text[used] == '_') {
      if (used == 0 || !is_digit(used - 1) || !is_digit(used + 1)) return std::nullopt;
    } else if (is_digit(used) || text[used] == '.') {
      digits += text[used];
    } else {
      break;
    }
    ++used;
  }
  double number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  text.remove_prefix(used);
  return number;
}

std::optional<double> scale_of(std::string_view name, std::span<const unit> units) {
  while (name.starts_with(' ')) name.remove_prefix(1);
  for (const auto& each : units) {
    if (each.name == name) return each.scale;
  }
  return std::nullopt;
}

// One number and one unit, whole in the end ("1.5k" is, "1.5" is not).
std::optional<std::uint64_t> whole_quantity(std::string_view text, std::span<const unit> units) {
  const auto number = take_number(text);
  const auto scale = number ? scale_of(text, units) : std::nullopt;
  if (!scale) return std::nullopt;
  const double product = *number * *scale;
  if (product >= ceiling || product != std::floor(product)) return std::nullopt;
  return static_cast<std::uint64_t>(product);
}

// At most `places` decimals, without zeros that say nothing: 26.90 is 26.9.
std::string trimmed(double number, int places) {
  auto text = fmt::format("{:.{}f}", number, places);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

result<nanoseconds> parse_duration(std::string_view text) {
  constexpr std::string_view expected = "a number with ns, us, ms, s, m or h, such as 30s, 250ms or 1m30s";
  if (text == "0") return nanoseconds(0);
  double total = 0;
  auto rest = text;
  do {
    const auto number = take_number(rest);
    const auto name = rest.substr(0, rest.find_first_of("0123456789"));
    const auto scale = number ? scale_of(name, times) : std::nullopt;
    if (!scale) return refuse(text, "duration", expected);
    total += *number * *scale;
    rest.remove_prefix(name.size());
  } while (!rest.empty());
  if (total >= ceiling) return refuse(text, "duration of less than 292 years", expected);
  return nanoseconds(static_cast<std::int64_t>(std::round(total)));
}

result<std::uint64_t> parse_size(std::string_view text) {
  if (const auto size = whole_quantity(text, sizes)) return *size;
  return refuse(text, "size",
                "bytes or a number with KiB, MiB or GiB (kB, MB, GB for thousands), such as 64KiB or 65536");
}

result<std::uint64_t> parse_count(std::string_view text) {
  if (const auto count = whole_quantity(text, counts)) return *count;
  return refuse(text, "count", "a whole number, also with k or M, such as 10000, 1_000_000 or 1M");
}

result<double> parse_rate(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  auto head = text.substr(0, slash);
  const auto number = take_number(head);
  const auto scale = number ? scale_of(head, counts) : std::nullopt;
  const auto period = scale_of(text.substr(slash), periods);
  if (!scale || !period || *number <= 0) {
    return refuse(text, "rate", "a number above 0 per second, minute or hour, such as 5000/s or 90/m");
  }
  return *number * *scale / *period;
}

std::string print_duration(nanoseconds duration) {
  const auto ns = static_cast<double>(duration.count());
  if (ns < 0) return "-" + print_duration(-duration);
  if (ns == 0) return "0s";
  if (ns < 999.5e3) return trimmed(ns / 1e3, ns < 10e3 ? 1 : 0) + "µs";
  if (ns < 99.95e6) return trimmed(ns / 1e6, ns < 9.95e6 ? 1 : 0) + "ms";
  if (ns < 59.995e9) return trimmed(ns / 1e9, 2) + "s";
  const auto seconds = static_cast<std::int64_t>(std::llround(ns / 1e9));
  if (seconds < 3600) return fmt::format("{}m{}s", seconds / 60, seconds % 60);
  return fmt::format("{}h{}m", seconds / 3600, seconds % 3600 / 60);
}

std::string print_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> names{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto size = static_cast<double>(bytes) / 1024;
  std::size_t step = 0;
  while (size >= 1023.95 && step + 1 < names.size()) {
    size /= 1024;
    ++step;
  }
  return fmt::format("{} {}", trimmed(size, 1), names[step]);
}

std::string print_count(std::uint64_t count) {
  auto text = fmt::format("{}", count);
  for (auto place = text.size(); place > 3;) {
    place -= 3;
    text.insert(place, ",");
  }
  return text;
}

std::string print_rate(double per_second) {
  if (!std::isfinite(per_second) || per_second < 0) return "?/s";
  if (per_second >= 99'999.95) return print_count(static_cast<std::uint64_t>(std::llround(per_second))) + "/s";
  const auto tenths = static_cast<std::uint64_t>(std::llround(per_second * 10));
  const auto whole = print_count(tenths / 10);
  return tenths % 10 == 0 ? whole + "/s" : fmt::format("{}.{}/s", whole, tenths % 10);
}

std::string spell_duration(nanoseconds duration) {
  struct step {
    std::string_view name;
    std::int64_t scale;
  };
  constexpr std::array<step, 6> steps{{{"h", 3'600'000'000'000},
                                       {"m", 60'000'000'000},
                                       {"s", 1'000'000'000},
                                       {"ms", 1'000'000},
                                       {"us", 1'000},
                                       {"ns", 1}}};
  std::string text;
  auto rest = duration.count();
  for (const auto& [name, scale] : steps) {
    if (rest / scale > 0) text += fmt::format("{}{}", rest / scale, name);
    rest %= scale;
  }
  return text.empty() ? "0s" : text;
}

std::string spell_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> names{"", "KiB", "MiB", "GiB", "TiB"};
  std::size_t step = 0;
  while (bytes >= 1024 && bytes % 1024 == 0 && step + 1 < names.size()) {
    bytes /= 1024;
    ++step;
  }
  return fmt::format("{}{}", bytes, names[step]);
}

}  // namespace peregrine
