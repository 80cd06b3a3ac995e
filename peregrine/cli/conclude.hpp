// How a command ends that has something to report: --json and --report.
#pragma once

#include "peregrine/base/log.hpp"
#include "peregrine/cli/options.hpp"
#include "peregrine/page/file.hpp"
#include "peregrine/page/sparkline.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <string>

namespace peregrine::cli {

class conclusion {
 public:
  // `what` stands in the JSON, for --help.
  void add_options(options& command, const std::string& what) {
    command.text("--json", json_, "Write " + what + " there; - is standard output");
    command.text("--report", page_, "Write a page there: one HTML file with all of it, in charts");
  }

  // Before anything is tried: that a report can't be written is better known then than after it.
  result<void> open() {
    if (!json_.empty() && json_ != "-") {
      json_file_.open(json_);
      if (!json_file_) return failure{fmt::format("--json: {} can't be written", json_)};
    }
    if (page_.empty()) return {};
    auto opened = page::file::open(page_);
    if (!opened) return failure{"--report: " + opened.error().message, opened.error().code};
    page_file_.emplace(std::move(*opened));
    return {};
  }

  // Prints the report, for a reader or as JSON, and writes what was asked for. Gives the exit code.
  template <class Report>
  int tell(const Report& told) {
    const auto written = to_json(told).dump(2);
    fmt::print("{}\n", json_ == "-" ? written : told.describe(page::shows_sparklines(stdout)));
    if (json_file_.is_open()) json_file_ << written << '\n';
    if (page_file_) {
      if (const auto kept = page_file_->keep(to_html(told)); !kept) {
        log::error("report", "{}", kept.error().message);
        return failed;
      }
      log::info("report", "The page is {}", page_);
    }
    return told.succeeded() ? done : failed;
  }

 private:
  std::string json_;
  std::string page_;
  std::ofstream json_file_;
  std::optional<page::file> page_file_;
};

}  // namespace peregrine::cli
