#pragma once

#include <string>
#include <vector>

namespace bench {

// The middle of them; half-way between the two middle ones of an even count. `values` has at least one.
double median(std::vector<double> values);

// {"median": …, "min": …, "max": …, "rounds": […]}
std::string summary_as_json(const std::vector<double>& values);

}  // namespace bench
