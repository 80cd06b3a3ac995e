#include "peregrine/base/units.hpp"
#include "peregrine/page/chart.hpp"
#include "peregrine/page/scale.hpp"
#include "peregrine/swarm/pages.hpp"
#include "peregrine/swarm/ramp.hpp"
#include "peregrine/swarm/seed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace peregrine::swarm {
namespace {

using page::column_chart;
using page::marked;
using columns = std::vector<column_chart::column>;

std::string print_connections(double count) {
  return print_count(static_cast<std::uint64_t>(std::llround(count)));
}

std::string print_percent(double part) {
  return fmt::format("{:.0f} %", part * 100);
}

std::string short_rate(double rate) {
  return page::short_count(rate) + "/s";
}

double last_of_step(const report& from, std::size_t step) {
  return static_cast<double>(std::min<std::uint64_t>((step + 1) * ramp::step, from.opening.opened));
}

columns steps_of(const report& from) {
  columns made;
  for (std::size_t i = 0; i < from.per_10000.size(); ++i) {
    const auto first = static_cast<double>(i * ramp::step);
    const auto last = last_of_step(from, i);
    made.push_back({first, last, from.per_10000[i],
                    fmt::format("{} to {}: {}", print_connections(first), print_connections(last),
                                print_rate(from.per_10000[i]))});
  }
  return made;
}

// Up to as many connections as there were here.
columns steps_of_2020(double end) {
  columns made;
  for (std::size_t i = 0; i < seed::rates.size(); ++i) {
    const auto first = static_cast<double>(i * ramp::step);
    if (first < end) made.push_back({first, first + static_cast<double>(ramp::step), seed::rate_of(i), ""});
  }
  return made;
}

std::vector<double> rates_of_2020() {
  std::vector<double> rates;
  for (std::size_t i = 0; i < seed::rates.size(); ++i) rates.push_back(seed::rate_of(i));
  return rates;
}

// "3 % faster", "12 % slower", "as fast"
std::string told(double trend) {
  const auto percent = std::llround(std::abs(trend) * 100);
  if (percent == 0) return "as fast";
  return fmt::format("{} % {}", percent, trend < 0 ? "slower" : "faster");
}

std::string about_flatness(const report& from) {
  const auto trend = from.trend();
  if (!trend) return "";
  const auto* verdict = std::abs(*trend) <= flat ? "It is flat" : *trend < 0 ? "It slows down" : "It speeds up";
  return fmt::format(
      "{}: by the trend of all steps the last {} came {} {} the first. In 2020 the trend over 90,000 was {}.", verdict,
      print_count(ramp::step), told(*trend), std::llround(*trend * 100) == 0 ? "as" : "than",
      told(*swarm::trend(rates_of_2020())));
}

page::markup table_of(const report& from) {
  page::table rates{.head = {"Connections", "Per second here", "In 2020"}, .rows = {}};
  for (std::size_t i = 0; i < from.per_10000.size(); ++i) {
    rates.rows.push_back({marked("to {}", print_connections(last_of_step(from, i))),
                          marked("{}", print_rate(from.per_10000[i])),
                          i < seed::rates.size() ? marked("{}", print_rate(seed::rate_of(i))) : page::markup()});
  }
  return page::folded("Every step as a table", page::draw(rates));
}

// Each of the steps by the mean of all, over the whole way.
columns relative(const std::vector<double>& rates) {
  columns made;
  const auto count = static_cast<double>(rates.size());
  const auto mean = std::accumulate(rates.begin(), rates.end(), 0.0) / count;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto place = static_cast<double>(i);
    const auto part = mean > 0 ? rates[i] / mean : 0;
    made.push_back({place / count, (place + 1) / count, part,
                    fmt::format("step {} of {}: {} of the mean", i + 1, rates.size(), print_percent(part))});
  }
  return made;
}

}  // namespace

page::markup section_of_ramp(const report& from) {
  if (from.opening.opened == 0) return {};
  page::markup inner;
  const auto overall = from.open_seconds() > 0 ? static_cast<double>(from.opening.opened) / from.open_seconds() : 0;
  inner.add(page::paragraph(
      fmt::format("{} connections in {} are {} over the whole way. {}", print_count(from.opening.opened),
                  print_duration(std::chrono::nanoseconds(std::llround(from.open_seconds() * 1e9))),
                  print_rate(overall), about_flatness(from))));
  if (from.opening.is_saturated) {
    inner.add(
        page::paragraph("While it opened, the swarm used a whole core: it, and perhaps not the server, set the pace."));
  }
  if (from.per_10000.size() > 1) {
    const auto end = static_cast<double>(from.opening.opened);
    inner.add(page::with_caption(
        "Connections per second, each 10,000 alone",
        page::draw(column_chart{.title = "Connections per second, each 10,000 alone, beside those of 2020",
                                .columns = steps_of(from),
                                .beside = steps_of_2020(end),
                                .beside_words = fmt::format("in 2020: {}, falling to {}", print_rate(seed::rate_of(0)),
                                                            print_rate(seed::rate_of(seed::rates.size() - 1))),
                                .own_words = "here",
                                .end = end,
                                .along = page::short_count,
                                .upwards = short_rate})));
    inner.add(table_of(from));
  }
  return page::section("The ramp", inner);
}

page::markup section_of_2020(const report& from, const std::string& cost_here) {
  page::markup inner;
  inner.add(
      page::paragraph("The run that this one is measured by: 100,000 WebSockets over HTTP/2 and TLS on one machine, "
                      "with Ruby and Falcon, "
                      "in February 2020. Another machine, another kernel, another time: the shape compares, the "
                      "figures tell how far it is."));
  const auto overall = from.open_seconds() > 0 ? static_cast<double>(from.opening.opened) / from.open_seconds() : 0;
  const auto trend_of = [](const std::optional<double>& trend) {
    return trend ? told(*trend) : std::string("too short to tell");
  };
  page::table beside{.head = {"", "Here", "In 2020"}, .rows = {}};
  const auto row = [&beside](std::string_view what, const std::string& here, const std::string& then) {
    beside.rows.push_back({marked("{}", what), marked("{}", here), marked("{}", then)});
  };
  row("WebSockets", print_count(from.opening.opened), print_count(static_cast<std::uint64_t>(seed::connections)));
  row("Opened in", print_duration(std::chrono::nanoseconds(std::llround(from.open_seconds() * 1e9))),
      print_duration(std::chrono::seconds(static_cast<int>(seed::seconds))));
  row("Per second", print_rate(overall), print_rate(seed::connections / seed::seconds));
  row("In the end", trend_of(from.trend()), told(*swarm::trend(rates_of_2020())));
  row("One costs the server", cost_here, fmt::format("{:.1f} objects", seed::objects_per_connection));
  page::markup shape;
  if (from.trend()) {
    auto whole = from.per_10000;
    whole.resize(std::min<std::size_t>(whole.size(), from.opening.opened / ramp::step));
    shape = page::with_caption("Each 10,000 by the mean of all, over the whole way",
                               page::draw(column_chart{.title = "Each 10,000 by the mean of all, here and in 2020",
                                                       .columns = relative(whole),
                                                       .beside = relative(rates_of_2020()),
                                                       .beside_words = "in 2020",
                                                       .own_words = "here",
                                                       .end = 1,
                                                       .along = print_percent,
                                                       .upwards = print_percent}));
  }
  inner.add(page::side_by_side(page::draw(beside), shape));
  return page::section("Beside 2020", inner);
}

}  // namespace peregrine::swarm
