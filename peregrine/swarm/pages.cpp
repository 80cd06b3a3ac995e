#include "peregrine/swarm/pages.hpp"

#include "peregrine/base/units.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace peregrine::swarm {
namespace {

using page::marked;

std::string printed(double seconds) {
  return print_duration(std::chrono::nanoseconds(std::llround(seconds * 1e9)));
}

std::string printed(std::uint64_t microseconds) {
  return print_duration(std::chrono::microseconds(microseconds));
}

// Of all broadcasts, the one that took longest to reach everybody.
double longest_broadcast(const report& from) {
  double longest = 0;
  for (const auto& each : from.broadcasts) longest = std::max(longest, each.seconds_to_last());
  return longest;
}

page::markup costs_of_the_swarm(const report& from) {
  page::table costs{.head = {"One idle WebSocket takes", "bytes"}, .rows = {}};
  costs.rows.push_back({marked("of the swarm's processes"), bytes_cell(from.user_bytes_per_connection())});
  if (from.memory.size() > 1) {
    const auto& last = from.memory.back();
    costs.rows.push_back(
        {marked("of this machine's kernel"),
         bytes_cell((last.kernel_objects + last.kernel_buffers) / std::max<std::uint64_t>(1, last.connections))});
  }
  return page::draw(costs);
}

page::tile tile_of_handshake(const report& from) {
  const auto& seen = from.opening.handshake;
  return {"Half the handshakes within", printed(seen.percentile(0.5)),
          fmt::format("99 % within {}", printed(seen.percentile(0.99)))};
}

page::tile tile_of_memory(const report& from) {
  return {"User memory of one", print_count(from.user_bytes_per_connection()) + " B", "in the swarm's processes"};
}

}  // namespace

std::string sum_up(const portrait& of) {
  auto text = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(of.began)));
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += " · " + part;
  };
  add(of.processor);
  add(fmt::format("{} processor{}", of.processors, of.processors == 1 ? "" : "s"));
  if (of.memory > 0) add(print_size(of.memory));
  add(of.system);
  if (!of.kernel.empty()) add("Linux " + of.kernel);
  return text;
}

std::string sum_up(const report& from) {
  if (from.opening.opened == 0) return "Not one connection came about.";
  const auto lost = from.closing.losses();
  auto text =
      fmt::format("{} opened in {}, held for {} with {} lost", from.opening.opened == from.asked ? "All" : "These",
                  printed(from.open_seconds()), printed(from.held_seconds), lost == 0 ? "none" : print_count(lost));
  if (!from.broadcasts.empty()) {
    const bool all_heard = std::ranges::all_of(from.broadcasts, &broadcast_report::is_complete);
    text += all_heard ? fmt::format("; {} reached everybody within {}",
                                    from.broadcasts.size() == 1 ? "a broadcast" : "each broadcast",
                                    printed(longest_broadcast(from)))
                      : "; not every broadcast reached everybody";
  }
  if (from.echo && !from.echo->is_complete()) text += "; not every echo came back";
  text += '.';
  if (from.was_interrupted) text += " It was interrupted: this is what was reached.";
  return text;
}

page::tile tile_of_opened(const report& from) {
  return {"Live at once", print_count(from.opening.opened),
          fmt::format("of {} on {} TCP connections", print_count(from.asked), print_count(from.tcp_connections()))};
}

page::tile tile_of_rate(const report& from) {
  const auto rate = from.open_seconds() > 0 ? static_cast<double>(from.opening.opened) / from.open_seconds() : 0;
  return {"Opened at", print_rate(std::round(rate)), fmt::format("all in {}", printed(from.open_seconds()))};
}

page::tile tile_of_broadcast(const report& from) {
  histogram together;
  for (const auto& each : from.broadcasts) together.merge(each.heard.latency);
  return {"A broadcast reaches all in", printed(longest_broadcast(from)),
          fmt::format("half of them in {}", printed(together.percentile(0.5)))};
}

page::markup section_of_misfortunes(const report& from) {
  page::table what{.head = {"What", "How many", "Why"}, .rows = {}, .words = {2}};
  for (const auto& [reason, counted] : from.opening.failed) {
    what.rows.push_back(
        {marked("Failed: {}", reason), marked("{}", print_count(counted.count)), marked("{}", counted.explanation)});
  }
  if (from.not_tried() > 0) {
    what.rows.push_back({marked("Not tried"), marked("{}", print_count(from.not_tried())), page::markup()});
  }
  for (const auto& [code, count] : from.closing.lost) {
    what.rows.push_back({marked("Lost"), marked("{}", print_count(count)),
                         code == "process" ? marked("with their process") : marked("close code {}", code)});
  }
  if (what.rows.empty()) return {};
  return page::section("What went wrong", page::draw(what));
}

page::markup section_of_limits(const doctor::plan& looked_at) {
  if (looked_at.limits.empty()) return {};
  page::table limits{
      .head = {"Limit", "", "Here", fmt::format("{} need", print_count(looked_at.asked)), "What lifts it"},
      .rows = {},
      .words = {1, 4}};
  for (const auto& each : looked_at.limits) {
    const auto verdict = each.when_met == doctor::effect::none    ? marked("<span>told only</span>")
                         : each.enough                            ? marked("<span class=\"good\">enough</span>")
                         : each.when_met == doctor::effect::stops ? marked("<span class=\"bad\">stops</span>")
                                                                  : marked("<span class=\"slow\">slows</span>");
    const bool is_told = !each.enough || each.when_met == doctor::effect::none;
    limits.rows.push_back({marked("{}", each.name), verdict, marked("{}", each.have), marked("{}", each.need),
                           is_told ? marked("<code>{}</code>", each.lift) : page::markup()});
  }
  return page::section("What stands in the way", page::paragraph(looked_at.verdict()).add(page::draw(limits)));
}

std::string to_html(const report& from) {
  page::content content{.kicker = "peregrine swarm",
                        .title = fmt::format("{} WebSockets", print_count(from.opening.opened)),
                        .lead = sum_up(from),
                        .remark = fmt::format("{} · {}", from.url, sum_up(from.machine)),
                        .is_well = from.succeeded(),
                        .tiles = {},
                        .body = {}};
  if (from.opening.opened > 0) {
    content.tiles = {tile_of_opened(from), tile_of_rate(from), tile_of_handshake(from), tile_of_memory(from)};
    if (!from.broadcasts.empty()) content.tiles.push_back(tile_of_broadcast(from));
  }
  content.body.add(section_of_misfortunes(from))
      .add(section_of_ramp(from))
      .add(section_of_memory(from, costs_of_the_swarm(from)))
      .add(section_of_handshakes(from))
      .add(section_of_messages(from))
      .add(section_of_limits(from.limits));
  if (from.opening.opened > 0) content.body.add(section_of_2020(from, "the server is not known"));
  return page::document(content);
}

}  // namespace peregrine::swarm
