#include "peregrine/server/operator_commands.hpp"

#include "peregrine/base/slab.hpp"
#include "peregrine/base/units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
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
  const auto& counts = door_.counts;
  std::string text = fmt::format(
      "connections: {} live, {} opened\nmessages: {} received, {} published, {} delivered\nslow consumers: {}\nsilent: "
      "{}\n"
      "longest turn of the loop since this was last asked: {}",
      print_count(counts.live), print_count(counts.opened), print_count(counts.messages_in),
      print_count(rooms_.published()), print_count(rooms_.delivered()), print_count(counts.slow_consumers),
      print_count(counts.idle), print_duration(std::chrono::nanoseconds(reactor::current().longest_turn())));
  reactor::current().reset_longest_turn();
  for (const auto& [code, count] : counts.closed) text += fmt::format("\nclosed with {}: {}", code, print_count(count));
  for (const auto& [status, count] : door_.refused())
    text += fmt::format("\nrefused with {}: {}", status, print_count(count));
  return text;
}

std::string operator_commands::rooms() const {
  std::vector<std::pair<std::size_t, const std::string*>> largest;
  rooms_.for_each_room([&](const room& each) { largest.emplace_back(each.members(), &each.name()); });
  const auto listed = std::min(largest.size(), rooms_listed);
  std::partial_sort(largest.begin(), largest.begin() + static_cast<std::ptrdiff_t>(listed), largest.end(),
                    [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text = fmt::format("{} rooms", print_count(rooms_.rooms()));
  for (std::size_t i = 0; i < listed; ++i)
    text += fmt::format("\n{}: {}", *largest[i].second, print_count(largest[i].first));
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
  return text + fmt::format("** {:.2f} objects and {:.1f} bytes per connection.",
                            static_cast<double>(objects) / connections, static_cast<double>(size) / connections);
}

}  // namespace peregrine::server
