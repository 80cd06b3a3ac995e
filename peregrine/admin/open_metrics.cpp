// OpenMetrics 1.0 (openmetrics.io), which prometheus-cpp does not write: as Prometheus' text, but that a counter's
// family has no _total, and that all of it has an end.
#include "peregrine/admin/metrics.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace peregrine::admin {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string escaped(std::string_view text) {
  std::string made;
  for (const char each : text) {
    if (each == '\\' || each == '"') made += '\\';
    if (each == '\n') {
      made += "\\n";
    } else {
      made += each;
    }
  }
  return made;
}

class open_metrics {
 public:
  void add(const MetricFamily& family) {
    std::string_view name = family.name;
    constexpr std::string_view suffix = "_total";
    if (family.type == MetricType::Counter && name.ends_with(suffix)) name.remove_suffix(suffix.size());
    const char* const type = family.type == MetricType::Counter     ? "counter"
                             : family.type == MetricType::Histogram ? "histogram"
                                                                    : "gauge";
    fmt::format_to(out_, "# TYPE {} {}\n# HELP {} {}\n", name, type, name, escaped(family.help));
    for (const auto& each : family.metric) {
      if (family.type == MetricType::Histogram) {
        add_histogram(name, each);
      } else {
        add_sample(family.name, each.label, {},
                   family.type == MetricType::Counter ? each.counter.value : each.gauge.value);
      }
    }
  }

  std::string finish() {
    text_ += "# EOF\n";
    return std::move(text_);
  }

 private:
  void add_histogram(std::string_view name, const ClientMetric& of) {
    const auto count = static_cast<double>(of.histogram.sample_count);
    for (const auto& bucket : of.histogram.bucket) {
      auto bound = spelled(bucket.upper_bound);
      if (bound.find_first_of(".e") == std::string::npos) bound += ".0";  // it is a float in this format
      add_sample(fmt::format("{}_bucket", name), of.label, bound, static_cast<double>(bucket.cumulative_count));
    }
    add_sample(fmt::format("{}_bucket", name), of.label, "+Inf", count);
    add_sample(fmt::format("{}_count", name), of.label, {}, count);
    add_sample(fmt::format("{}_sum", name), of.label, {}, of.histogram.sample_sum);
  }

  void add_sample(std::string_view name, const std::vector<ClientMetric::Label>& labels, std::string_view bound,
                  double value) {
    std::string named;
    for (const auto& each : labels) {
      named += fmt::format("{}{}=\"{}\"", named.empty() ? "" : ",", each.name, escaped(each.value));
    }
    if (!bound.empty()) named += fmt::format("{}le=\"{}\"", named.empty() ? "" : ",", bound);
    if (!named.empty()) named = "{" + named + "}";
    fmt::format_to(out_, "{}{} {}\n", name, named, spelled(value));
  }

  static std::string spelled(double value) { return fmt::format("{}", value); }

  std::string text_;
  std::back_insert_iterator<std::string> out_{text_};
};

}  // namespace

std::string to_open_metrics(const std::vector<MetricFamily>& families) {
  open_metrics made;
  for (const auto& each : families) made.add(each);
  return made.finish();
}

}  // namespace peregrine::admin
