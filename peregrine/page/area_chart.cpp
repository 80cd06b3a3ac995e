#include "peregrine/page/frame.hpp"
#include "peregrine/page/scale.hpp"

#include <algorithm>
#include <ranges>

namespace peregrine::page {

markup draw(const area_chart& chart) {
  frame around{.title = chart.title};
  const auto count = chart.at.size();
  if (count < 2) return {};
  std::vector<double> sums(count, 0);
  for (const auto& band : chart.bands) {
    for (std::size_t i = 0; i < count; ++i) sums[i] += band.values[i];
  }
  const auto upwards = round_marks(*std::ranges::max_element(sums), 4);
  const auto top = upwards.back();
  const auto end = chart.at.back();
  const auto x = [&](std::size_t i) { return side * chart.at[i] / end; };
  const auto y = [&](double value) { return side * (1 - value / top); };

  std::vector<double> below(count, 0);
  for (const auto& band : chart.bands) {
    markup there, back;
    for (std::size_t i = 0; i < count; ++i) {
      there.add("{}{:.2f},{:.2f}", i == 0 ? "M" : "L", x(i), y(below[i] + band.values[i]));
    }
    for (std::size_t i = count; i-- > 0;) back.add("L{:.2f},{:.2f}", x(i), y(below[i]));
    for (std::size_t i = 0; i < count; ++i) below[i] += band.values[i];
    around.shapes.add("<path class=\"c{} band\" d=\"{}{}Z\"/>", band.colour, there, back);
  }
  // The topmost first, as they are seen.
  for (const auto& band : std::views::reverse(chart.bands)) around.legend.add(legend_entry(band.colour, band.name));
  for (std::size_t i = 0; i < count; ++i) {
    const auto from = i == 0 ? chart.at[0] : (chart.at[i - 1] + chart.at[i]) / 2;
    const auto to = i + 1 == count ? end : (chart.at[i] + chart.at[i + 1]) / 2;
    around.shapes.add(pointed_at(from / end, to / end, chart.hints[i]));
  }
  around.left = marks_to(top, upwards, chart.upwards);
  around.below = marks_to(end, round_marks(end, 4), chart.along);
  return draw(around);
}

}  // namespace peregrine::page
