#include "peregrine/page/scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace peregrine::page {
namespace {

constexpr std::array round_steps{1.0, 2.0, 5.0, 10.0};

double power_of_ten(double number) {
  return std::pow(10, std::floor(std::log10(number)));
}

}  // namespace

std::vector<double> round_marks(double greatest, unsigned about) {
  if (!(greatest > 0) || !std::isfinite(greatest)) return {0, 1};
  const auto wanted = greatest / about;
  const auto power = power_of_ten(wanted);
  // The quotient may be 9.9999… or a hair above 10, so the last step takes whatever is left.
  const auto found = std::ranges::find_if(round_steps, [&](double step) { return step * power >= wanted; });
  const auto step = (found == round_steps.end() ? round_steps.back() : *found) * power;
  const auto count = std::max(1.0, std::ceil(greatest / step - 1e-9));
  std::vector<double> marks;
  for (double i = 0; i <= count; ++i) marks.push_back(i * step);
  return marks;
}

std::vector<double> log_marks(double least, double greatest, std::size_t most) {
  std::vector<double> all;
  std::vector<double> powers;
  for (auto power = power_of_ten(least); power <= greatest; power *= 10) {
    for (const auto step : {1.0, 2.0, 5.0}) {
      const auto mark = power * step;
      if (mark < least * (1 - 1e-9) || mark > greatest * (1 + 1e-9)) continue;
      all.push_back(mark);
      if (step == 1.0) powers.push_back(mark);
    }
  }
  return all.size() <= most ? all : powers;
}

std::string short_count(double count) {
  constexpr std::array<std::string_view, 4> names{"", "k", "M", "G"};
  std::size_t place = 0;
  while (count >= 999.5 && place + 1 < names.size()) {
    count /= 1000;
    ++place;
  }
  auto text = fmt::format("{:.{}f}", count, count < 9.95 ? 1 : 0);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text.append(names[place]);
}

}  // namespace peregrine::page
