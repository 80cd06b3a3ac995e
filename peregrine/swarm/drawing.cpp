#include "peregrine/swarm/drawing.hpp"

#include "peregrine/base/units.hpp"
#include "peregrine/page/sparkline.hpp"
#include "peregrine/swarm/ramp.hpp"
#include "peregrine/swarm/seed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

namespace peregrine::swarm {
namespace {

constexpr std::size_t width = 40;

std::string print_trend(const std::optional<double>& trend) {
  if (!trend) return "";
  const auto percent = std::llround(std::abs(*trend) * 100);
  const auto change = percent == 0 ? "as fast" : fmt::format("{} % {}", percent, *trend < 0 ? "slower" : "faster");
  return fmt::format("; {} in the end{}", change, std::abs(*trend) <= flat ? ", flat" : "");
}

std::string printed(std::uint64_t microseconds) {
  return print_duration(std::chrono::microseconds(microseconds));
}

}  // namespace

std::string draw_ramp(const report& of) {
  std::vector<double> then;
  for (std::size_t i = 0; i < seed::rates.size(); ++i) then.push_back(seed::rate_of(i));
  const auto [least, most] = std::ranges::minmax(of.per_10000);
  const auto here_line = page::sparkline(of.per_10000, width);
  const auto then_line = page::sparkline(then, width);
  const auto columns = std::max(std::min(of.per_10000.size(), width), then.size());
  const auto blanks = [columns](std::size_t used) { return std::string(columns - std::min(columns, used), ' '); };
  return fmt::format("  each 10,000  {}{}  {} to {}{}\n  in 2020      {}{}  {} to {}{}", here_line,
                     blanks(of.per_10000.size()), print_rate(least), print_rate(most), print_trend(of.trend()),
                     then_line, blanks(then.size()), print_rate(then.back()), print_rate(then.front()),
                     print_trend(trend(then)));
}

std::string draw_latency(const histogram& of) {
  const auto spans = of.spans();
  if (spans.empty()) return {};
  const auto first = static_cast<double>(spans.front().first) + 1;
  const auto last = static_cast<double>(spans.back().last) + 2;
  // A span's values, shared among the cells that it lies over.
  const auto place = [&](double value) { return width * std::log((value + 1) / first) / std::log(last / first); };
  std::array<double, width> cells{};
  for (const auto& each : spans) {
    const auto from = place(static_cast<double>(each.first));
    const auto to = place(static_cast<double>(each.last) + 1);
    for (auto i = static_cast<std::size_t>(std::max(0.0, from)); i < width && static_cast<double>(i) < to; ++i) {
      const auto left = std::max(from, static_cast<double>(i));
      const auto right = std::min(to, static_cast<double>(i) + 1);
      cells[i] += static_cast<double>(each.count) * std::max(0.0, right - left) / (to - from);
    }
  }
  return fmt::format("{} {} {}", printed(spans.front().first), page::sparkline({cells.begin(), cells.end()}, width),
                     printed(of.max()));
}

std::string draw_memory(const report& of) {
  if (of.memory.size() < 4) return {};
  std::vector<double> sums;
  sums.reserve(of.memory.size());
  for (const auto& each : of.memory) {
    sums.push_back(
        static_cast<double>(each.client + each.server.value_or(0) + each.kernel_objects + each.kernel_buffers));
  }
  const auto& last = of.memory.back();
  const auto server = last.server ? fmt::format("{} of the server, ", print_size(*last.server)) : std::string();
  return fmt::format("Memory as it grew: {} to {}{} of the swarm, {} of the kernel.", page::sparkline(sums, width),
                     server, print_size(last.client), print_size(last.kernel_objects + last.kernel_buffers));
}

}  // namespace peregrine::swarm
