#include "peregrine/swarm/report.hpp"

#include "peregrine/base/units.hpp"
#include "peregrine/swarm/drawing.hpp"
#include "peregrine/swarm/ramp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace peregrine::swarm {
namespace {

using nlohmann::ordered_json;

double seconds_between(std::uint64_t began, std::uint64_t ended) noexcept {
  return ended > began ? static_cast<double>(ended - began) / 1e9 : 0;
}

double per_second(std::uint64_t count, double seconds) noexcept {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

double milliseconds(std::uint64_t microseconds) noexcept {
  return static_cast<double>(microseconds) / 1e3;
}

// A value of 3 µs is one from 3 to 4.
ordered_json spans(const histogram& of) {
  auto out = ordered_json::array();
  for (const auto& each : of.spans()) {
    out.push_back({{"from", milliseconds(each.first)},
                   {"to", (static_cast<double>(each.last) + 1) / 1e3},
                   {"count", each.count}});
  }
  return out;
}

ordered_json percentiles(const histogram& of) {
  return {{"p50", milliseconds(of.percentile(0.5))},
          {"p90", milliseconds(of.percentile(0.9))},
          {"p99", milliseconds(of.percentile(0.99))},
          {"max", milliseconds(of.max())},
          {"histogram", spans(of)}};
}

ordered_json to_json(const portrait& of) {
  return {{"processor", of.processor}, {"processors", of.processors}, {"memory", of.memory},
          {"system", of.system},       {"kernel", of.kernel},         {"began", print_time(of.began)}};
}

ordered_json samples(const report& from) {
  auto out = ordered_json::array();
  for (const auto& each : from.memory) {
    out.push_back({{"connections", each.connections},
                   {"seconds", static_cast<double>(each.time) / 1e9},
                   {"client", each.client},
                   {"server", nullptr},
                   {"kernel_objects", each.kernel_objects},
                   {"kernel_buffers", each.kernel_buffers}});
    if (each.server) out.back()["server"] = *each.server;
  }
  return out;
}

std::string printed(std::uint64_t microseconds) {
  return print_duration(std::chrono::microseconds(microseconds));
}

std::string printed(double seconds) {
  return print_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
}

std::string print_percentiles(const histogram& of) {
  return fmt::format("half {}, 90 % {}, 99 % {}, all {}", printed(of.percentile(0.5)), printed(of.percentile(0.9)),
                     printed(of.percentile(0.99)), printed(of.max()));
}

}  // namespace

double broadcast_report::seconds_to_last() const noexcept {
  return seconds_between(began, heard.last);
}

double echo_report::seconds() const noexcept {
  return seconds_between(told.began, told.ended);
}

std::uint64_t report::not_tried() const noexcept {
  return asked - std::min(asked, opening.opened + opening.failures());
}

double report::open_seconds() const noexcept {
  return seconds_between(opening.began, opening.ended);
}

std::optional<double> report::trend() const {
  const auto whole = std::min<std::size_t>(per_10000.size(), opening.opened / ramp::step);
  return swarm::trend(std::span(per_10000).first(whole));
}

std::uint64_t report::user_bytes_per_connection() const noexcept {
  return opening.opened > 0 ? opening.user_bytes / opening.opened : 0;
}

bool report::succeeded() const noexcept {
  const auto complete = [](const auto& each) { return each.is_complete(); };
  return !was_interrupted && opening.opened == asked && closing.losses() == 0 &&
         broadcasts.size() == broadcasts_asked && std::ranges::all_of(broadcasts, complete) &&
         echo.has_value() == echo_was_asked && (!echo || complete(*echo));
}

ordered_json to_json(const report& from) {
  ordered_json out;
  out["url"] = from.url;
  out["machine"] = to_json(from.machine);
  out["protocol"] = from.is_http2() ? "http2" : "http1";
  out["asked"] = from.asked;
  out["opened"] = from.opening.opened;
  out["failed"] = ordered_json::object();
  for (const auto& [reason, counted] : from.opening.failed) {
    out["failed"][reason] = {{"count", counted.count}, {"explanation", counted.explanation}};
  }
  out["not_tried"] = from.not_tried();
  out["tcp_connections"] = from.tcp_connections();
  out["open_seconds"] = from.open_seconds();
  out["open_per_second"] = {{"overall", per_second(from.opening.opened, from.open_seconds())},
                            {"per_10000", from.per_10000},
                            {"trend", nullptr}};
  if (const auto trend = from.trend()) out["open_per_second"]["trend"] = *trend;
  out["handshake_ms"] = percentiles(from.opening.handshake);
  out["memory"] = samples(from);
  out["held_seconds"] = from.held_seconds;
  out["lost"] = from.closing.losses();
  out["lost_by_code"] = from.closing.lost;
  out["broadcasts"] = ordered_json::array();
  for (const auto& each : from.broadcasts) {
    out["broadcasts"].push_back({{"size", each.size},
                                 {"expected", each.expected},
                                 {"delivered", each.heard.delivered},
                                 {"duplicates", each.heard.duplicates},
                                 {"seconds_to_last", each.seconds_to_last()},
                                 {"latency_ms", percentiles(each.heard.latency)}});
  }
  out["echo"] = nullptr;
  if (const auto& echo = from.echo) {
    out["echo"] = {{"active", echo->active},
                   {"size", echo->size},
                   {"rate", nullptr},
                   {"seconds", echo->seconds()},
                   {"sent", echo->told.sent},
                   {"received", echo->told.received},
                   {"per_second", per_second(echo->told.received, echo->seconds())},
                   {"latency_ms", percentiles(echo->told.latency)}};
    if (echo->rate) out["echo"]["rate"] = *echo->rate;
  }
  out["client"] = {{"user_bytes_per_connection", from.user_bytes_per_connection()},
                   {"cpu_seconds", static_cast<double>(from.closing.cpu) / 1e9},
                   {"cpu_seconds_opening", static_cast<double>(from.opening.cpu) / 1e9},
                   {"processes", from.processes},
                   {"saturated", from.opening.is_saturated}};
  out["interrupted"] = from.was_interrupted;
  out["succeeded"] = from.succeeded();
  return out;
}

std::string report::describe(bool is_drawn) const {
  std::string text;
  const auto line = [&text]<class... T>(fmt::format_string<T...> form, T&&... values) {
    if (!text.empty()) text += '\n';
    fmt::format_to(std::back_inserter(text), form, std::forward<T>(values)...);
  };
  line("Opened {} of {} connections in {}: {}.", print_count(opening.opened), print_count(asked),
       printed(open_seconds()), print_rate(per_second(opening.opened, open_seconds())));
  if (is_drawn && per_10000.size() > 1) line("{}", draw_ramp(*this));
  if (is_http2()) line("They live on {} TCP connections, over HTTP/2.", print_count(tcp_connections()));
  for (const auto& [reason, counted] : opening.failed) {
    line("  {} failed ({}): {}", print_count(counted.count), reason, counted.explanation);
  }
  if (not_tried() > 0) line("  {} were not tried.", print_count(not_tried()));
  if (opening.opened > 0) {
    line("Handshakes: {}.", print_percentiles(opening.handshake));
    if (is_drawn) line("  {}", draw_latency(opening.handshake));
    line("Held for {}: {} lost.", printed(held_seconds),
         closing.losses() == 0 ? "none" : print_count(closing.losses()));
    for (const auto& [code, count] : closing.lost) {
      line("  {} lost with {}", print_count(count), code == "process" ? "their process" : "close code " + code);
    }
  }
  for (const auto& each : broadcasts) {
    line("A broadcast of {} bytes reached {} of {} in {}: {}.", each.size, print_count(each.heard.delivered),
         print_count(each.expected), printed(each.seconds_to_last()), print_percentiles(each.heard.latency));
    if (is_drawn && each.heard.latency.count() > 0) line("  {}", draw_latency(each.heard.latency));
    if (each.heard.duplicates > 0) line("  {} came twice.", print_count(each.heard.duplicates));
  }
  if (echo) {
    line("{} members echoed for {}: {} of {} messages came back, {}: {}.", print_count(echo->active),
         printed(echo->seconds()), print_count(echo->told.received), print_count(echo->told.sent),
         print_rate(per_second(echo->told.received, echo->seconds())), print_percentiles(echo->told.latency));
    if (is_drawn && echo->told.latency.count() > 0) line("  {}", draw_latency(echo->told.latency));
  }
  line("The swarm itself: {} bytes per connection, {} of CPU in {} process{}.",
       print_count(user_bytes_per_connection()), printed(static_cast<double>(closing.cpu) / 1e9), processes,
       processes == 1 ? "" : "es");
  if (opening.is_saturated) {
    line("While it opened, the swarm used a whole core: it, and perhaps not the server, set the pace.");
  }
  if (was_interrupted) line("It was interrupted: this is what was reached.");
  return text;
}

}  // namespace peregrine::swarm
