#include "peregrine/page/frame.hpp"
#include "peregrine/page/scale.hpp"

#include <algorithm>
#include <cmath>

namespace peregrine::page {

markup draw(const distribution_chart& chart) {
  if (chart.spans.empty()) return {};
  frame around{.title = chart.title};
  // A little room at either end, or a single span would fill it all.
  const auto least = chart.spans.front().from / 1.1;
  const auto greatest = chart.spans.back().to * 1.1;
  const auto x = [&](double value) { return std::log(value / least) / std::log(greatest / least); };
  const auto density = [&](const distribution_chart::span& of) { return of.count / (x(of.to) - x(of.from)); };
  double top = 0;
  for (const auto& each : chart.spans) top = std::max(top, density(each));
  top *= 1.5;  // the words of the marks stand above the rest

  markup shapes, hits;
  for (const auto& each : chart.spans) {
    // What holds anybody at all is to be seen.
    const auto height = std::max(4.0, side * density(each) / top);
    shapes.add("<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"/>", side * x(each.from),
               side - height, side * (x(each.to) - x(each.from)), height);
    hits.add(pointed_at(x(each.from), x(each.to), each.hint));
  }
  around.shapes.add("<g class=\"c1\">{}</g>{}", shapes, hits);
  // Each a step lower than the one before, so that their words never meet.
  constexpr int step = 18;  // pixels
  int down = 0;
  for (const auto& each : chart.marks) {
    const auto at = std::clamp(x(each.at), 0.0, 1.0);
    around.words.add("<em class=\"{}\" style=\"left:{:.2f}%;top:{}px\">{}</em>", at > 0.6 ? "before" : "after",
                     at * 100, down, each.words);
    down += step;
  }
  for (const auto each : log_marks(least, greatest, 8)) around.below.push_back({x(each), chart.along(each)});
  return draw(around);
}

}  // namespace peregrine::page
