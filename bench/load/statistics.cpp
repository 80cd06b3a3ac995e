#include "statistics.hpp"

#include <algorithm>
#include <cstdio>

namespace bench {
namespace {

std::string with_four_decimals(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string summary_as_json(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  std::string text = "{\"median\": " + with_four_decimals(median(values)) + ", \"min\": " + with_four_decimals(*least) +
                     ", \"max\": " + with_four_decimals(*most) + ", \"rounds\": [";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ", ") + with_four_decimals(values[i]);
  return text + "]}";
}

}  // namespace bench
