#include "peregrine/server/operator_commands.hpp"

#include "peregrine/base/slab.hpp"
#include "peregrine/base/units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

namespace peregrine::server {

namespace {

constexpr std::string_view help =
    "/help: this list\n"
    "/stats: connections, messages, and what ended connections\n"
    "/rooms: the rooms with most members\n"
    "/allocations: what is allocated, and per connection";

constexpr std::size_t rooms_listed = 50;

}  // namespace

std::string operator_commands::run(std::string_view command) const {
  std::string answer;
  if (command == "/help") {
    answer = help;
  } else if (command == "/stats") {
    answer = stats();
  } else if (command == "/rooms") {
    answer = rooms();
  } else if (command == "/allocations") {
    answer = allocations();
  } else {
    answer = fmt::format("there is no command '{}'; these are:\n{}", command, help);
  }
  return nlohmann::json{{"command", command}, {"user", "server"}, {"text", answer}}.dump();
}

std::string operator_commands::stats() const {
  const auto now = workers_ ? workers_->of_all() : of_this_process(door_, rooms_);
  std::string text = fmt::format(
      "connections: {} live, {} opened\nmessages: {} received, {} published, {} delivered\nslow consumers: {}\nsilent: "
      "{}\n"
      "longest turn of the loop {}: {}",
      print_count(now.live), print_count(now.opened), print_count(now.messages_in), print_count(now.published),
      print_count(now.delivered), print_count(now.slow_consumers), print_count(now.silent),
      workers_ ? "of a worker in its last second" : "since this was last asked",
      print_duration(std::chrono::nanoseconds(now.longest_turn)));
  if (!workers_) reactor::current().reset_longest_turn();
  for (const auto& [code, count] : now.closed) text += fmt::format("\nclosed with {}: {}", code, print_count(count));
  for (const auto& [status, count] : now.refused) {
    text += fmt::format("\nrefused with {}: {}", status, print_count(count));
  }
  for (std::size_t i = 0; i < obstacles; ++i) {
    if (now.turned_away[i] == 0) continue;
    text += fmt::format("\n  of these by {}: {}", name_of(static_cast<obstacle>(i)), print_count(now.turned_away[i]));
  }
  if (workers_) text += workers_->stats_lines();
  return text;
}

std::string operator_commands::rooms() const {
  const auto largest = workers_ ? workers_->rooms_of_all(rooms_listed) : largest_rooms(rooms_, rooms_listed);
  std::string text = workers_ ? "The largest rooms over all workers:" : print_count(rooms_.rooms()) + " rooms";
  for (const auto& [name, members] : largest) text += fmt::format("\n{}: {}", name, print_count(members));
  return text;
}

std::string operator_commands::allocations() const {
  std::vector<const slab*> slabs(slab::all().begin(), slab::all().end());
  std::sort(slabs.begin(), slabs.end(),
            [](const auto* a, const auto* b) { return a->live() * a->object_size() > b->live() * b->object_size(); });
  std::size_t objects = 0;
  std::size_t size = 0;
  std::string text;
  for (const auto* each : slabs) {
    if (each->live() == 0) continue;
    objects += each->live();
    size += each->live() * each->object_size();
    fmt::format_to(std::back_inserter(text), "{}: {} allocations of {} bytes\n", each->name(), each->live(),
                   each->object_size());
  }
  const auto connections = static_cast<double>(std::max<std::uint64_t>(door_.counts.live, 1));
  return text +
         fmt::format("** {:.2f} objects and {:.1f} bytes per connection.", static_cast<double>(objects) / connections,
                     static_cast<double>(size) / connections) +
         (workers_ ? "\nThat was worker " + std::to_string(workers_->number()) + ". All:" + workers_->allocation_lines()
                   : "");
}

}  // namespace peregrine::server
