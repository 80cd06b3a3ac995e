#include "peregrine/journey/story.hpp"

#include "peregrine/base/lines.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/swarm/drawing.hpp"
#include "peregrine/swarm/seed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace peregrine::journey {
namespace {

using nlohmann::ordered_json;

std::uint64_t growth(std::uint64_t before, std::uint64_t after) noexcept {
  return after > before ? after - before : 0;
}

double per(std::uint64_t whole, std::uint64_t count) noexcept {
  return count > 0 ? static_cast<double>(whole) / static_cast<double>(count) : 0;
}

std::uint64_t deliveries(const swarm::report& of) noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : of.broadcasts) sum += each.heard.delivered;
  return sum;
}

std::string printed(double seconds) {
  return print_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
}

void describe_ramp(lines& out, const swarm::report& of) {
  out.line("Connections per second      here        in 2020");
  for (std::size_t i = 0; i < of.per_10000.size(); ++i) {
    const auto last = std::min<std::uint64_t>((i + 1) * 10'000, of.opening.opened);
    const auto then = i < swarm::seed::rates.size() ? print_rate(swarm::seed::rate_of(i)) : "";
    out.line("  to {:<18} {:>12} {:>12}", print_count(last), print_rate(of.per_10000[i]), then);
  }
  out.line("  {} in {}; in 2020, 100,000 took {}.", print_count(of.opening.opened), printed(of.open_seconds()),
           printed(swarm::seed::seconds));
}

void describe_cost(lines& out, const story& of) {
  out.line("One idle WebSocket costs    server      client");
  out.line("  user bytes           {:>12} {:>11}", print_count(of.server_user_bytes()),
           print_count(of.swarm.user_bytes_per_connection()));
  out.line("  kernel bytes         {:>12} for both ends ({})", print_count(of.kernel_bytes()),
           of.opened.kernel.source());
  out.line("  CPU to open it       {:>11.1f}µs {:>9.1f}µs", of.server_handshake_microseconds(),
           of.client_handshake_microseconds());
  if (of.spoken.time > 0) {
    out.line("  CPU for a message    {:>11.1f}µs {:>9.1f}µs", of.server_delivery_microseconds(),
             of.client_delivery_microseconds());
  }
  out.line("  In 2020 it took {:.2f} objects on the server.", swarm::seed::objects_per_connection);
}

void describe_memory(lines& out, const story& of) {
  out.line("Memory                      server       swarm      kernel");
  for (const auto& [when, read] : {std::pair("with nobody there", &of.before), {"with all of them", &of.opened}}) {
    out.line("  {:<20} {:>12} {:>11} {:>11}", when, print_size(read->server_bytes), print_size(read->swarm_bytes),
             print_size(read->kernel.sum()));
  }
  out.line("  {:<20} {:>12} {:>11}", "processes", of.limits.server_processes, of.swarm.processes);
}

ordered_json limits_to_json(const doctor::plan& from) {
  auto out = ordered_json::array();
  for (const auto& each : from.limits) {
    out.push_back(
        {{"name", each.name}, {"have", each.have}, {"need", each.need}, {"enough", each.enough}, {"lift", each.lift}});
  }
  return out;
}

ordered_json seed_to_json() {
  ordered_json rates = ordered_json::array();
  for (std::size_t i = 0; i < swarm::seed::rates.size(); ++i) rates.push_back(swarm::seed::rate_of(i));
  return {{"connections", swarm::seed::connections},
          {"seconds", swarm::seed::seconds},
          {"per_10000", rates},
          {"objects_per_connection", swarm::seed::objects_per_connection}};
}

}  // namespace

std::uint64_t story::server_user_bytes() const noexcept {
  const auto count = swarm.opening.opened;
  return count > 0 ? growth(before.server_bytes, opened.server_bytes) / count : 0;
}

std::uint64_t story::kernel_bytes() const noexcept {
  const auto count = swarm.opening.opened;
  return count > 0 ? growth(before.kernel.sum(), opened.kernel.sum()) / count : 0;
}

double story::server_handshake_microseconds() const noexcept {
  return per(growth(before.server_cpu, opened.server_cpu), swarm.opening.opened) / 1e3;
}

double story::client_handshake_microseconds() const noexcept {
  return per(swarm.opening.cpu, swarm.opening.opened) / 1e3;
}

double story::server_delivery_microseconds() const noexcept {
  return per(growth(held.server_cpu, spoken.server_cpu), deliveries(swarm)) / 1e3;
}

double story::client_delivery_microseconds() const noexcept {
  return per(growth(held.swarm_cpu, spoken.swarm_cpu), deliveries(swarm)) / 1e3;
}

double story::idle_cpu() const noexcept {
  return per(growth(opened.server_cpu, held.server_cpu), growth(opened.time, held.time));
}

std::string story::describe(bool is_drawn) const {
  lines out;
  out.line("The journey to {}", print_count(asked));
  out.line("");
  out.line("{}", limits.describe());
  if (went_for < asked) out.line("So this one went for {}.", print_count(went_for));
  out.line("");
  if (swarm.opening.opened > 0) {
    if (!is_drawn) {
      describe_ramp(out, swarm);
      out.line("");
    }
    describe_cost(out, *this);
    out.line("");
    describe_memory(out, *this);
    out.line("");
    if (held.time > 0)
      out.line("While it held them for {}, the server used {:.2f} % of a core.", printed(swarm.held_seconds),
               idle_cpu() * 100);
  }
  out.line("{}", swarm.describe(is_drawn));
  if (const auto memory = is_drawn ? swarm::draw_memory(swarm) : std::string(); !memory.empty()) out.line("{}", memory);
  if (!server_ended_well) out.line("The server did not end as it should; its own words stand above.");
  out.line("");
  std::string_view how = "; not all went well";
  if (swarm.succeeded() && server_ended_well) {
    how = went_for < asked ? ", held, and spoken to; the limits allow no more" : ", held, and spoken to";
  }
  out.line("{} of {} were reached{}.", print_count(swarm.opening.opened), print_count(asked), how);
  auto text = out.take();
  text.pop_back();
  return text;
}

ordered_json to_json(const story& from) {
  const auto* stop = from.limits.first_stop();
  ordered_json out;
  out["asked"] = from.asked;
  out["went_for"] = from.went_for;
  out["stopped_by"] = nullptr;
  if (stop) out["stopped_by"] = stop->name;
  out["limits"] = limits_to_json(from.limits);
  out["server"] = {{"processes", from.limits.server_processes},
                   {"user_bytes_per_connection", from.server_user_bytes()},
                   {"cpu_us_per_handshake", from.server_handshake_microseconds()},
                   {"cpu_us_per_delivery", from.server_delivery_microseconds()},
                   {"idle_cpu", from.idle_cpu()}};
  out["client"] = {{"user_bytes_per_connection", from.swarm.user_bytes_per_connection()},
                   {"cpu_us_per_handshake", from.client_handshake_microseconds()},
                   {"cpu_us_per_delivery", from.client_delivery_microseconds()}};
  out["kernel"] = {{"bytes_per_connection_both_ends", from.kernel_bytes()}, {"source", from.opened.kernel.source()}};
  out["memory"] = ordered_json::object();
  for (const auto& [when, read] : {std::pair("before", &from.before), {"opened", &from.opened}}) {
    out["memory"][when] = {
        {"server", read->server_bytes}, {"swarm", read->swarm_bytes}, {"kernel", read->kernel.sum()}};
  }
  out["swarm"] = to_json(from.swarm);
  out["seed"] = seed_to_json();
  out["succeeded"] = from.succeeded();
  return out;
}

}  // namespace peregrine::journey
