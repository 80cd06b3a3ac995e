// Where the marks of an axis stand, and what they say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace peregrine::page {

// From 0 in round steps (1, 2 or 5 times a power of ten), about `about` of them; the last is the first that is no less
// than `greatest`, and so the end of the axis. {0, 1} where there is nothing to show.
std::vector<double> round_marks(double greatest, unsigned about);

// 1, 2 and 5 times powers of ten, from `least` to `greatest` (both above 0) and none outside; only powers of ten where
// that would be more than `most`.
std::vector<double> log_marks(double least, double greatest, std::size_t most);

std::string short_count(double count);  // 950 1.2k 25k 1.5M

}  // namespace peregrine::page
