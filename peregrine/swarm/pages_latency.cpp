#include "peregrine/base/units.hpp"
#include "peregrine/page/chart.hpp"
#include "peregrine/swarm/pages.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace peregrine::swarm {
namespace {

using page::marked;

std::string printed(double microseconds) {
  return print_duration(std::chrono::nanoseconds(std::llround(microseconds * 1e3)));
}

std::string printed(std::uint64_t microseconds) {
  return print_duration(std::chrono::microseconds(microseconds));
}

constexpr std::array parts{0.5, 0.9, 0.99};
constexpr std::array names{"half", "90 %", "99 %"};

page::markup chart_of(const histogram& of, std::string title) {
  page::distribution_chart chart{.title = std::move(title),
                                 .along = [](double microseconds) { return printed(microseconds); }};
  for (const auto& each : of.spans()) {
    const auto from = static_cast<double>(each.first);
    const auto to = static_cast<double>(each.last) + 1;
    // A logarithm has no 0.
    chart.spans.push_back({std::max(from, 0.5), to, static_cast<double>(each.count),
                           fmt::format("{} to {}: {} ({:.2g} %)", printed(from), printed(to), print_count(each.count),
                                       100 * static_cast<double>(each.count) / static_cast<double>(of.count()))});
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto value = of.percentile(parts[i]);
    chart.marks.push_back({static_cast<double>(value), fmt::format("{} {}", names[i], printed(value))});
  }
  chart.marks.push_back({static_cast<double>(of.max()), fmt::format("all {}", printed(of.max()))});
  return page::draw(chart);
}

std::vector<page::markup> row_of(const page::markup& what, const page::markup& how_many, const histogram& of) {
  std::vector<page::markup> row{what, how_many};
  for (const auto part : parts) row.push_back(marked("{}", printed(of.percentile(part))));
  row.push_back(marked("{}", printed(of.max())));
  return row;
}

}  // namespace

page::markup section_of_handshakes(const report& from) {
  const auto& seen = from.opening.handshake;
  if (seen.count() == 0) return {};
  page::markup inner;
  inner.add(
      page::paragraph(fmt::format("From the call that connects to the WebSocket that is open, for each of {}. Those "
                                  "that stand in line behind others "
                                  "wait in it too.",
                                  print_count(seen.count()))));
  inner.add(chart_of(seen, "How long handshakes took, on a logarithmic axis"));
  return page::section("Handshakes", inner);
}

page::markup section_of_messages(const report& from) {
  page::markup inner;
  page::table rows{.head = {"", "Heard", "Half", "90 %", "99 %", "All"}, .rows = {}};
  histogram together;
  for (std::size_t i = 0; i < from.broadcasts.size(); ++i) {
    const auto& each = from.broadcasts[i];
    together.merge(each.heard.latency);
    const auto count = each.heard.duplicates > 0
                           ? fmt::format("{} of {}, {} twice", print_count(each.heard.delivered),
                                         print_count(each.expected), print_count(each.heard.duplicates))
                           : fmt::format("{} of {}", print_count(each.heard.delivered), print_count(each.expected));
    rows.rows.push_back(row_of(marked("Broadcast {} of {} bytes", i + 1, each.size),
                               marked("<span class=\"{}\">{}</span>", each.is_complete() ? "" : "bad", count),
                               each.heard.latency));
  }
  if (together.count() > 0) {
    inner.add(page::with_caption(
        from.broadcasts.size() > 1 ? "One speaks, all hear: all broadcasts together" : "One speaks, all hear",
        chart_of(together, "How long deliveries of a broadcast took, on a logarithmic axis")));
  }
  if (from.echo) {
    const auto& told = from.echo->told;
    rows.rows.push_back(row_of(marked("Echo of {} bytes by {}", from.echo->size, print_count(from.echo->active)),
                               marked("<span class=\"{}\">{} of {}</span>", from.echo->is_complete() ? "" : "bad",
                                      print_count(told.received), print_count(told.sent)),
                               told.latency));
    if (told.latency.count() > 0) {
      inner.add(page::with_caption("Own messages that came back",
                                   chart_of(told.latency, "How long echoes took, on a logarithmic axis")));
    }
  }
  if (rows.rows.empty()) return {};
  return page::section("Messages", inner.add(page::draw(rows)));
}

}  // namespace peregrine::swarm
