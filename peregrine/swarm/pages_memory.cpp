#include "peregrine/base/units.hpp"
#include "peregrine/page/chart.hpp"
#include "peregrine/page/scale.hpp"
#include "peregrine/swarm/pages.hpp"

#include <fmt/format.h>

#include <cmath>
#include <functional>

namespace peregrine::swarm {
namespace {

using page::area_chart;

struct part {
  std::string name;
  int colour;
  std::function<double(const memory_sample&)> bytes;
};

std::vector<part> parts_of(const report& from) {
  std::vector<part> parts;
  if (from.memory.back().server) {
    parts.push_back({"the server, user", 1, [](const auto& of) { return static_cast<double>(of.server.value_or(0)); }});
  }
  parts.push_back({"the swarm, user", 2, [](const auto& of) { return static_cast<double>(of.client); }});
  parts.push_back(
      {"kernel: sockets, files, epoll", 3, [](const auto& of) { return static_cast<double>(of.kernel_objects); }});
  parts.push_back({"kernel: TCP's buffers", 4, [](const auto& of) { return static_cast<double>(of.kernel_buffers); }});
  return parts;
}

std::string print_bytes(double bytes) {
  return print_size(static_cast<std::uint64_t>(std::llround(bytes)));
}

// What the axis counts in, so that its marks are round there.
struct unit {
  double bytes;
  std::string_view name;
};

unit unit_for(double greatest) {
  constexpr double kibi = 1024;
  if (greatest >= kibi * kibi * kibi) return {kibi * kibi * kibi, "GiB"};
  if (greatest >= kibi * kibi) return {kibi * kibi, "MiB"};
  return {kibi, "KiB"};
}

std::string whole_bytes(double bytes) {
  return print_count(static_cast<std::uint64_t>(std::llround(bytes))) + " B";
}

area_chart empty_chart(const std::vector<part>& parts, std::string title) {
  area_chart chart{.title = std::move(title), .along = page::short_count};
  for (const auto& each : parts) chart.bands.push_back({each.name, each.colour, {}});
  return chart;
}

// Each part of a sample, divided by `by`, at its place in the chart.
void add(area_chart& chart, const memory_sample& sample, const std::vector<part>& parts, double by,
         const page::print& words) {
  double sum = 0;
  std::string lines;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = parts[i].bytes(sample) / by;
    sum += value;
    chart.bands[i].values.push_back(value);
    lines += fmt::format("\n{}: {}", parts[i].name, words(value));
  }
  chart.at.push_back(static_cast<double>(sample.connections));
  chart.hints.push_back(fmt::format("{} connections: {}{}", print_count(sample.connections), words(sum), lines));
}

page::markup chart_in_all(const report& from, const std::vector<part>& parts) {
  auto chart = empty_chart(parts, "Memory in all as the number of connections grew");
  double greatest = 0;
  for (const auto& each : parts) greatest += each.bytes(from.memory.back());
  const auto counted_in = unit_for(greatest);
  chart.upwards = [counted_in](double count) { return fmt::format("{:g} {}", count, counted_in.name); };
  const auto words = [counted_in](double count) { return print_bytes(count * counted_in.bytes); };
  for (const auto& sample : from.memory) add(chart, sample, parts, counted_in.bytes, words);
  return page::with_caption("In all", page::draw(chart));
}

page::markup chart_of_one(const report& from, const std::vector<part>& parts) {
  auto chart = empty_chart(parts, "Bytes of one connection as their number grew");
  chart.upwards = whole_bytes;
  for (const auto& sample : from.memory) {
    // Of a handful of connections, what all of them share would be all that is seen.
    if (sample.connections == 0 || sample.connections * 20 < from.memory.back().connections) continue;
    add(chart, sample, parts, static_cast<double>(sample.connections), whole_bytes);
  }
  return page::with_caption("Per connection", page::draw(chart));
}

}  // namespace

page::markup bytes_cell(std::uint64_t bytes) {
  return page::marked("{}", print_count(bytes));
}

page::markup section_of_memory(const report& from, const page::markup& costs) {
  if (from.opening.opened == 0) return {};
  page::markup inner;
  const bool has_charts = from.memory.size() > 3;
  if (has_charts) {
    const auto parts = parts_of(from);
    inner.add(page::paragraph(
        "What was added since before the first connection, looked at while they were being opened. The kernel's part "
        "is "
        "of this whole machine; user memory is what the processes hold, freed pages that they kept among it."));
    inner.add(page::side_by_side(chart_in_all(from, parts), chart_of_one(from, parts)));
  } else {
    inner.add(page::paragraph("They were open too quickly to watch memory grow; this is what it came to."));
  }
  inner.add(costs);
  return page::section("Memory", inner);
}

}  // namespace peregrine::swarm
