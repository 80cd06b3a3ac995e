// The account as a metrics system wants it: families of samples, in Prometheus' text format and in OpenMetrics.
#pragma once

#include "peregrine/admin/account.hpp"

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

namespace peregrine::admin {

// Base units, counters that end in _total, and labels of few values each.
std::vector<prometheus::MetricFamily> families_of(const account& told);

std::string to_prometheus(const std::vector<prometheus::MetricFamily>& families);    // text/plain; version=0.0.4
std::string to_open_metrics(const std::vector<prometheus::MetricFamily>& families);  // OpenMetrics 1.0

// Which of the two a client takes, by its Accept: OpenMetrics where it is named.
bool wants_open_metrics(std::string_view accept) noexcept;

}  // namespace peregrine::admin
