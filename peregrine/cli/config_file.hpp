// Config files: `key = value` a line, in the part of TOML that CLI11 reads. Keys are the long options without dashes.
// They stand at the top or in the section of their command, so that one file may serve several commands.
#pragma once

#include "peregrine/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace peregrine::cli {

struct config_entry {
  std::string section;  // empty at the top
  std::string key;
  std::vector<std::string> values;
};

result<std::vector<config_entry>> read_config(const std::string& path);

// One line of such a file, that reads back to the same values; a list where `many`.
std::string config_line(std::string_view key, const std::vector<std::string>& values, bool many);

}  // namespace peregrine::cli
