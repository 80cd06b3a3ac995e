#include "peregrine/doctor/report.hpp"

#include "peregrine/base/units.hpp"
#include "peregrine/doctor/look.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>

namespace peregrine::doctor {
namespace {

constexpr std::size_t columns = 5;
using row = std::array<std::string, columns>;

std::string_view word_for(effect when_met) {
  switch (when_met) {
    case effect::stops:
      return "stops";
    case effect::slows:
      return "slows";
    case effect::none:
      return "none";
  }
  return "";
}

// In characters: "×" is one.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

// The first and the last column begin at the left, those between end at the right.
std::string table(const std::vector<row>& rows) {
  std::array<std::size_t, columns> widest{};
  for (const auto& each : rows) {
    for (std::size_t i = 0; i < columns; ++i) widest[i] = std::max(widest[i], width(each[i]));
  }
  std::string text;
  for (const auto& each : rows) {
    std::string line;
    for (std::size_t i = 0; i < columns; ++i) {
      const std::string space(widest[i] - width(each[i]), ' ');
      if (i == 0) {
        line += each[i] + space;
      } else if (i + 1 < columns) {
        line += "  " + space + each[i];
      } else {
        line += "  " + each[i];
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string named(std::string_view end, std::uint64_t processes) {
  return processes > 1 ? fmt::format("{} ({} processes)", end, processes) : std::string(end);
}

std::string title(const demand& wanted, const plan& found) {
  const auto server = named("server", found.server_processes);
  const auto client = named("swarm", found.client_processes);
  return fmt::format("{}, over {}{}, {} on this machine",
                     wanted.connections > 0 ? print_count(wanted.connections) + " connections" : "All that it holds",
                     wanted.carried == protocol::http2 ? "HTTP/2" : "HTTP/1.1", wanted.tls ? " with TLS" : "",
                     wanted.server && wanted.client ? server + " and " + client
                     : wanted.server                ? "the " + server
                                                    : "the " + client);
}

}  // namespace

std::string describe(const demand& wanted, const plan& found) {
  const bool is_asked = wanted.connections > 0;
  std::vector<row> rows{
      {"limit", "you have", is_asked ? print_count(wanted.connections) + " need" : "", "holds", "what lifts it"}};
  for (const auto& each : found.limits) {
    const bool is_told = !each.enough || each.when_met == effect::none;
    const auto holds = each.when_met != effect::stops ? ""
                       : each.allows == unlimited     ? "any"
                                                      : print_count(each.allows);
    const auto* slow = !each.enough && each.when_met == effect::slows ? "to stay quick: " : "";
    rows.push_back({each.name, each.have, each.need, holds, is_told ? slow + each.lift : ""});
  }
  auto text = title(wanted, found) + "\n\n" + table(rows) + "\n" + found.verdict();
  if (const auto ways = found.other_ways(); !ways.empty()) text += "\n" + ways;
  if (!is_asked) text += "\nperegrine doctor --connections N tells what N need, and what lifts each limit.";
  return text;
}

nlohmann::ordered_json to_json(const demand& wanted, const plan& found) {
  nlohmann::ordered_json out;
  out["asked"] = nullptr;
  out["fits"] = nullptr;
  if (wanted.connections > 0) {
    out["asked"] = wanted.connections;
    out["fits"] = found.fits();
  }
  out["protocol"] = wanted.carried == protocol::http2 ? "http2" : "http1";
  out["tls"] = wanted.tls;
  out["swarm"] = wanted.client;
  out["processes"] = {{"server", found.server_processes}, {"swarm", found.client_processes}};
  out["ceiling"] = {{"connections", nullptr}, {"limit", nullptr}};
  if (const auto* stop = found.lowest()) out["ceiling"] = {{"connections", found.ceiling}, {"limit", stop->name}};
  out["limits"] = nlohmann::ordered_json::array();
  for (const auto& each : found.limits) {
    nlohmann::ordered_json one{{"name", each.name}, {"effect", word_for(each.when_met)},
                               {"have", each.have}, {"need", each.need},
                               {"holds", nullptr},  {"enough", each.enough},
                               {"lift", each.lift}};
    if (each.when_met == effect::stops && each.allows != unlimited) one["holds"] = each.allows;
    out["limits"].push_back(std::move(one));
  }
  return out;
}

}  // namespace peregrine::doctor
