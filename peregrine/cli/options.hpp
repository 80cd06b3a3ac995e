// The options of one command. Each may be given as a flag, in the environment or in a config file, and counts in that
// order:
// --max-message 1MiB, PEREGRINE_SERVE_MAX_MESSAGE=1MiB, `max-message = "1MiB"`. Lists are divided by commas in the
// environment. What is none of the command's options is refused wherever it stands.
#pragma once

#include "peregrine/base/log.hpp"
#include "peregrine/base/result.hpp"
#include "peregrine/cli/facts.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace peregrine::cli {

// What the program ends with.
constexpr int done = 0;
constexpr int failed = 1;   // it was tried and did not succeed, or not wholly
constexpr int misused = 2;  // an option or a value that makes no sense; nothing was tried

class options {
 public:
  options(std::string command, const std::string& description);
  ~options();
  options(const options&) = delete;
  options& operator=(const options&) = delete;

  // Names as "--drain" or "-c,--count". A target holds the default when it is added, and outlives parse().
  void text(const std::string& names, std::string& target, const std::string& description);
  void texts(const std::string& names, std::vector<std::string>& target,
             const std::string& description);  // may be repeated
  void toggle(const std::string& names, bool& target, const std::string& description);
  void size(const std::string& names, std::uint64_t& target, const std::string& description);
  void count(const std::string& names, std::uint64_t& target, const std::string& description);
  void count(const std::string& names, std::optional<std::uint64_t>& target, const std::string& description);
  void rate(const std::string& names, std::optional<double>& target, const std::string& description);  // per second
  void duration(const std::string& names, std::chrono::milliseconds& target, const std::string& description);
  template <class T>
  void choice(const std::string& names, T& target, std::vector<std::pair<std::string, T>> known,
              const std::string& description);

  // A word without a flag, such as URL: only from the command line.
  void argument(const std::string& name, std::string& target, const std::string& description);

  // Reads everything, then sets up the log. Gives an exit code if that was all: help, --print-config, or a mistake,
  // each of which has been printed by then.
  std::optional<int> parse(int count, const char* const* words);

  // What a command takes: runs it up to its parse(), which then ends it.
  static command_facts facts_of(const std::string& name, int (*command)(int, const char* const*));

 private:
  using values = std::vector<std::string>;
  struct setting {
    CLI::Option* option;
    std::string key;  // the long name without dashes
    bool many;
    std::function<result<void>(const values&)> read;
    std::function<values()> spell;  // what holds, as read() takes it; no value if there is none
  };

  void add(const std::string& names, const std::string& type, bool many, const std::string& description,
           std::function<result<void>(const values&)> read, std::function<values()> spell);
  void add_choice(const std::string& names, const values& known, std::function<void(std::size_t)> chosen,
                  std::function<std::size_t()> current, const std::string& description);
  void add_common();
  result<void> read_all();
  result<void> check_environment() const;
  result<void> read_one(const setting& each, const values& given, std::string_view source) const;
  std::string unexpected(const std::string& word) const;
  std::string environment_name(std::string_view key) const;
  values keys(std::string_view prefix) const;
  int print_config() const;
  command_facts facts() const;

  static command_facts* asked_for_;  // while facts_of() runs

  std::string command_;
  std::unique_ptr<CLI::App> app_;
  std::vector<setting> settings_;
  log::settings log_;
  CLI::Option* config_ = nullptr;
  CLI::Option* print_ = nullptr;
  CLI::Option* verbose_ = nullptr;
  CLI::Option* quiet_ = nullptr;
};

template <class T>
void options::choice(const std::string& names, T& target, std::vector<std::pair<std::string, T>> known,
                     const std::string& description) {
  values words;
  std::vector<T> meanings;
  for (auto& [word, meaning] : known) {
    words.push_back(std::move(word));
    meanings.push_back(meaning);
  }
  const auto current = [&target, meanings] {
    std::size_t place = 0;
    while (meanings[place] != target) ++place;
    return place;
  };
  add_choice(
      names, words, [&target, meanings](std::size_t place) { target = meanings[place]; }, current, description);
}

}  // namespace peregrine::cli
