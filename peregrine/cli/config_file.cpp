#include "peregrine/cli/config_file.hpp"

#include "peregrine/base/explain.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <sstream>

namespace peregrine::cli {
namespace {

// CLI11 cuts a line at '#' even inside quotes, so comments are taken away before it sees them.
std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      return line.substr(0, i);
    }
  }
  return line;
}

std::string in_quotes(std::string_view value) {
  const char quote = value.find('"') == std::string_view::npos ? '"' : '\'';
  return fmt::format("{0}{1}{0}", quote, value);
}

}  // namespace

result<std::vector<config_entry>> read_config(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  for (std::string line; file && std::getline(file, line);) text << without_comment(line) << '\n';
  if (!file.eof()) return failure{fmt::format("{} cannot be read: {}", path, explain(errno, attempt::open)), errno};

  CLI::ConfigTOML format;
  format.comment('\0');
  std::vector<config_entry> entries;
  for (auto& item : format.from_config(text)) {
    if (item.name == "++" || item.name == "--") continue;  // CLI11's marks of where a section begins and ends
    entries.push_back({CLI::detail::join(item.parents, "."), std::move(item.name), std::move(item.inputs)});
  }
  return entries;
}

std::string config_line(std::string_view key, const std::vector<std::string>& values, bool many) {
  if (!many) return fmt::format("{} = {}", key, in_quotes(values.at(0)));
  std::string list;
  for (const auto& each : values) list += (list.empty() ? "" : ",") + in_quotes(each);
  return fmt::format("{} = [{}]", key, list);
}

}  // namespace peregrine::cli
