#include "peregrine/cli/commands.hpp"

#include "peregrine/cli/completion.hpp"
#include "peregrine/cli/manual.hpp"
#include "peregrine/cli/nearest.hpp"
#include "peregrine/cli/options.hpp"

#include <fmt/format.h>

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace peregrine::cli {
namespace {

struct command {
  std::string_view name;
  std::string_view description;
  int (*run)(int, const char* const*);
};

constexpr std::array commands{
    command{"serve", "run the chat server: every path is a room", serve},
    command{"chat", "join a room from a terminal and talk", chat},
    command{"swarm", "open very many WebSockets to any server, hold them, make them talk, measure", swarm},
    command{"journey", "the whole story: limits, a server, a swarm, and what each connection costs", journey},
    command{"doctor", "how many connections this machine holds, and what lifts the limit that stops the next", doctor},
    command{"allocations", "what the connections of a running server cost it, object by object", allocations},
};

void print_usage(std::FILE* out) {
  fmt::print(out,
             "One million live WebSocket connections on one small machine.\n\nUsage: peregrine COMMAND [OPTIONS]\n\n");
  for (const auto& each : commands) fmt::print(out, "  {:<13}{}\n", each.name, each.description);
  fmt::print(out, "\nperegrine COMMAND --help tells its options; peregrine --version the version.\n");
}

std::vector<command_facts> all_facts() {
  std::vector<command_facts> all;
  for (const auto& each : commands) {
    all.push_back(options::facts_of(std::string(each.name), each.run));
    all.back().summary = each.description;
  }
  return all;
}

// For those who package the program: `man` lists the pages, `man NAME` prints one.
int print_manual(std::span<const char* const> words) {
  const auto all = all_facts();
  if (words.empty()) {
    fmt::print("peregrine\n");
    for (const auto& each : all) fmt::print("peregrine-{}\n", each.name);
    return done;
  }
  const std::string_view page = words.front();
  if (page == "peregrine") {
    fmt::print("{}", manual(all, PEREGRINE_VERSION));
    return done;
  }
  for (const auto& each : all) {
    if (page != "peregrine-" + each.name) continue;
    fmt::print("{}", manual(each, all, PEREGRINE_VERSION));
    return done;
  }
  fmt::print(stderr, "peregrine man: there is no page {}; peregrine man lists them\n", page);
  return misused;
}

int print_completion(std::span<const char* const> words) {
  const std::string_view shell = words.empty() ? "" : words.front();
  if (shell == "bash") {
    fmt::print("{}", completion_for_bash(all_facts()));
  } else if (shell == "zsh") {
    fmt::print("{}", completion_for_zsh(all_facts()));
  } else if (shell == "fish") {
    fmt::print("{}", completion_for_fish(all_facts()));
  } else {
    fmt::print(stderr, "peregrine completion: for which shell? expected bash, zsh or fish\n");
    return misused;
  }
  return done;
}

}  // namespace

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const auto& each : commands) names.emplace_back(each.name);
  return names;
}

int run(int count, const char* const* words) {
  if (count < 2) {
    print_usage(stderr);
    return misused;
  }
  const std::string_view wanted = words[1];
  if (wanted == "--help" || wanted == "-h" || wanted == "help") {
    print_usage(stdout);
    return done;
  }
  if (wanted == "--version") {
    fmt::print("peregrine {}\n", PEREGRINE_VERSION);
    return done;
  }
  if (wanted == "man") return print_manual({words + 2, words + count});
  if (wanted == "completion") return print_completion({words + 2, words + count});
  std::vector<std::string> known{"--help", "--version"};
  for (const auto& each : commands) {
    if (each.name == wanted) return each.run(count - 1, words + 1);
    known.emplace_back(each.name);
  }
  const auto meant = nearest(wanted, known);
  fmt::print(stderr, "peregrine: there is no {} {}{}\n", wanted.starts_with('-') ? "option" : "command", wanted,
             meant ? fmt::format("; did you mean {}?", *meant) : "");
  fmt::print(stderr, "(peregrine --help lists the commands)\n");
  return misused;
}

}  // namespace peregrine::cli
