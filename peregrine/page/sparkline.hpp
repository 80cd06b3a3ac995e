// A chart in one line of a terminal: ▂▅█▇▃
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace peregrine::page {

// From 0 (a space) to the greatest (█), `width` characters at most: where there are more values, each character is the
// mean of its share of them.
std::string sparkline(const std::vector<double>& values, std::size_t width = 40);

// Whether these characters arrive as what they are: `out` is a terminal, and the locale of the environment is UTF-8.
bool shows_sparklines(std::FILE* out);

}  // namespace peregrine::page
