#include "peregrine/cli/nearest.hpp"

#include <algorithm>
#include <vector>

namespace peregrine::cli {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table of distances between prefixes: a swap looks two back.
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::optional<std::string_view> nearest(std::string_view wrong, std::span<const std::string> known) {
  std::optional<std::string_view> best;
  // More than half of a word wrong is another word.
  auto least = std::max<std::size_t>(wrong.size() / 2, 1) + 1;
  for (const auto& each : known) {
    if (const auto distance = edit_distance(wrong, each); distance < least) {
      least = distance;
      best = each;
    }
  }
  return best;
}

}  // namespace peregrine::cli
