// How a command ends that has something to report: --json and --report.
#pragma once

#include "peregrine/base/log.hpp"
#include "peregrine/cli/options.hpp"
#include "peregrine/page/file.hpp"
#include "peregrine/page/sparkline.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace peregrine::cli {

class conclusion {
 public:
  // `what` stands in the JSON, for --help.
  void add_options(options& command, const std::string& what) {
    command.text("--json", json_, "Write " + what + " there; - is standard output");
    command.text("--report", page_, "Write a page there: one HTML file with all of it, in charts");
  }

  // Once the options make sense, before anything is tried: that a report can't be written is better known then than
  // after it. What stood there stays until the new one is whole.
  result<void> open() {
    if (json_ != "-") {
      if (auto opened = open("--json", json_, json_file_); !opened) return opened;
    }
    return open("--report", page_, page_file_);
  }

  // Prints the report, for a reader or as JSON, and writes what was asked for. Gives the exit code.
  template <class Report>
  int tell(const Report& told) {
    const auto written = to_json(told).dump(2);
    fmt::print("{}\n", json_ == "-" ? written : told.describe(page::shows_sparklines(stdout)));
    bool is_kept = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (!is_kept) log::error("report", "Standard output can't be written: {}", std::strerror(errno));
    is_kept = keep("report", json_file_, json_, [&] { return written + '\n'; }) && is_kept;
    is_kept = keep("page", page_file_, page_, [&] { return to_html(told); }) && is_kept;
    return is_kept && told.succeeded() ? done : failed;
  }

 private:
  static result<void> open(std::string_view option, const std::string& path, std::optional<page::file>& to) {
    if (path.empty()) return {};
    auto opened = page::file::open(path);
    if (!opened) return failure{fmt::format("{}: {}", option, opened.error().message), opened.error().code};
    to.emplace(std::move(*opened));
    return {};
  }

  // Both are tried, whatever became of the other.
  template <class Text>
  static bool keep(std::string_view what, std::optional<page::file>& to, const std::string& path, Text text) {
    if (!to) return true;
    if (const auto kept = to->keep(text()); !kept) {
      log::error("report", "{}", kept.error().message);
      return false;
    }
    log::info("report", "The {} is {}", what, path);
    return true;
  }

  std::string json_;
  std::string page_;
  std::optional<page::file> json_file_;
  std::optional<page::file> page_file_;
};

}  // namespace peregrine::cli
