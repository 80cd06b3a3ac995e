#include "peregrine/server/operator_commands.hpp"

#include "peregrine/base/units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace peregrine::server {

namespace {

constexpr std::string_view always_known =
    "/help: this list\n"
    "/stats: connections, messages, and what ended connections\n"
    "/rooms: the rooms with most members";

constexpr std::size_t rooms_listed = 50;

}  // namespace

std::string operator_commands::run(std::string_view command) const {
  std::string answer;
  if (command == "/help") {
    answer = help();
  } else if (command == "/stats") {
    answer = stats();
  } else if (command == "/rooms") {
    answer = rooms();
  } else if (const auto known = std::ranges::find(more_, command, &another::command); known != more_.end()) {
    answer = known->answer();
  } else {
    answer = fmt::format("there is no command '{}'; these are:\n{}", command, help());
  }
  const nlohmann::json whole{{"command", command}, {"user", "server"}, {"text", answer}};
  // A room's name is a path, of any bytes over HTTP/2, and may be cut within a character.
  return whole.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string operator_commands::help() const {
  std::string text(always_known);
  for (const auto& each : more_) text += fmt::format("\n{}: {}", each.command, each.purpose);
  return text;
}

std::string operator_commands::stats() const {
  const auto now = workers_.of_all();
  std::string text = fmt::format(
      "connections: {} live, {} opened\nmessages: {} received, {} published, {} delivered\nslow consumers: {}\nsilent: "
      "{}\n"
      "longest turn of a loop in the last second: {}",
      print_count(now.live), print_count(now.opened), print_count(now.messages_in), print_count(now.published),
      print_count(now.delivered), print_count(now.slow_consumers), print_count(now.silent),
      print_duration(std::chrono::nanoseconds(now.longest_turn)));
  for (const auto& [code, count] : now.closed) text += fmt::format("\nclosed with {}: {}", code, print_count(count));
  for (const auto& [reason, count] : now.refused) text += fmt::format("\nrefused ({}): {}", reason, print_count(count));
  if (workers_.is_alone()) return text;
  for (const auto& each : now.workers) {
    text += fmt::format("\nworker {} (process {}): {} live, {} opened; {} received, {} delivered; {} rooms",
                        each.number, each.process, print_count(each.live), print_count(each.opened),
                        print_count(each.messages_in), print_count(each.delivered), print_count(each.rooms));
    if (each.missed > 0) text += fmt::format("; {} messages missed", print_count(each.missed));
  }
  return text;
}

std::string operator_commands::rooms() const {
  const auto largest = workers_.rooms_of_all(rooms_listed);
  const auto now = workers_.of_all();
  std::string text = print_count(now.rooms) + " rooms";
  if (!workers_.is_alone()) {
    text += ", where one with members in several workers is counted in each";
    for (const auto& each : now.workers) {
      text += fmt::format("\nworker {} (process {}): {} rooms", each.number, each.process, print_count(each.rooms));
    }
    text += "\nThe largest over all workers:";
  }
  for (const auto& [name, members] : largest) text += fmt::format("\n{}: {}", name, print_count(members));
  return text;
}

}  // namespace peregrine::server
