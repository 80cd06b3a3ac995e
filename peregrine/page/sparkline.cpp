#include "peregrine/page/sparkline.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string_view>

namespace peregrine::page {
namespace {

constexpr std::array<std::string_view, 9> heights{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

std::vector<double> means(const std::vector<double>& values, std::size_t width) {
  if (values.size() <= width) return values;
  std::vector<double> made;
  for (std::size_t i = 0; i < width; ++i) {
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(i * values.size() / width);
    const auto to = values.begin() + static_cast<std::ptrdiff_t>((i + 1) * values.size() / width);
    made.push_back(std::accumulate(from, to, 0.0) / static_cast<double>(to - from));
  }
  return made;
}

// "en_US.UTF-8", "C.utf8", "de_AT.utf8@euro"
bool is_utf8(std::string locale) {
  std::erase(locale, '-');
  std::ranges::transform(locale, locale.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return locale.substr(0, locale.find('@')).ends_with(".utf8");
}

}  // namespace

std::string sparkline(const std::vector<double>& values, std::size_t width) {
  std::string line;
  if (values.empty()) return line;
  const auto shown = means(values, width);
  const auto greatest = *std::ranges::max_element(shown);
  for (const auto value : shown) {
    const auto part = greatest > 0 ? std::clamp(value / greatest, 0.0, 1.0) : 0;
    // Whatever is not 0 is to be seen.
    const auto height = static_cast<std::size_t>(std::lround(part * static_cast<double>(heights.size() - 1)));
    line += heights[value > 0 ? std::max<std::size_t>(height, 1) : 0];
  }
  return line;
}

bool shows_sparklines(std::FILE* out) {
  if (isatty(fileno(out)) == 0) return false;
  // The first that is set and not empty says it (POSIX, Environment Variables §8.2).
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return is_utf8(value);
  }
  return false;
}

}  // namespace peregrine::page
