// How a command ends that has something to report.
#pragma once

#include "peregrine/cli/options.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string_view>

namespace peregrine::cli {

// Prints the report: for a reader, or as JSON where `json` is "-". Where `file` is open it takes the JSON. Gives the
// exit code.
template <class Report>
int conclude(const Report& told, std::string_view json, std::ofstream& file) {
  const auto written = to_json(told).dump(2);
  fmt::print("{}\n", json == "-" ? written : told.describe());
  if (file.is_open()) file << written << '\n';
  return told.succeeded() ? done : failed;
}

}  // namespace peregrine::cli
