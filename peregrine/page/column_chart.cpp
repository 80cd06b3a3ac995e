#include "peregrine/page/frame.hpp"
#include "peregrine/page/scale.hpp"

#include <algorithm>

namespace peregrine::page {
namespace {

double greatest(const std::vector<column_chart::column>& of) {
  double found = 0;
  for (const auto& each : of) found = std::max(found, each.value);
  return found;
}

markup path_of(const std::vector<column_chart::column>& steps, double end, double top) {
  markup path;
  for (const auto& each : steps) {
    const auto y = side * (1 - each.value / top);
    path.add("{}{:.2f},{:.2f}H{:.2f}", path.is_empty() ? "M" : "L", side * each.from / end, y,
             side * std::min(each.to, end) / end);
  }
  return path;
}

}  // namespace

markup draw(const column_chart& chart) {
  frame around{.title = chart.title};
  const auto upwards = round_marks(std::max(greatest(chart.columns), greatest(chart.beside)), 4);
  const auto top = upwards.back();
  const auto end = std::max(chart.end, 1e-9);
  markup shapes, hits;
  for (const auto& each : chart.columns) {
    const auto from = each.from / end, to = each.to / end;
    const auto height = side * each.value / top;
    // A gap between two, but never more of it than of columns.
    const auto gap = std::min(0.0025, (to - from) / 4);
    shapes.add("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>", (from + gap) * side,
               side - height, (to - from - 2 * gap) * side, height);
    hits.add(pointed_at(from, to, each.hint));
  }
  around.shapes.add("<g class=\"c1\">{}</g>", shapes);
  if (!chart.beside.empty()) {
    around.legend.add(legend_entry(1, chart.own_words)).add(legend_line(chart.beside_words));
    const auto path = path_of(chart.beside, end, top);
    around.shapes.add("<path class=\"halo\" d=\"{0}\"/><path class=\"beside\" d=\"{0}\"/>", path);
  }
  around.shapes.add(hits);
  around.left = marks_to(top, upwards, chart.upwards);
  around.below = marks_to(end, round_marks(end, 4), chart.along);
  return draw(around);
}

}  // namespace peregrine::page
