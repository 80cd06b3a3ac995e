// The report in lines of a terminal that shows sparklines.
#pragma once

#include "peregrine/base/histogram.hpp"
#include "peregrine/swarm/report.hpp"

#include <string>

namespace peregrine::swarm {

// Two lines: each 10,000 alone, here and in 2020.
std::string draw_ramp(const report& of);
// From the quickest to the slowest on a logarithmic axis, in microseconds.
std::string draw_latency(const histogram& of);
// One line: how memory grew with the connections, and what it came to. Empty where too little was seen.
std::string draw_memory(const report& of);

}  // namespace peregrine::swarm
