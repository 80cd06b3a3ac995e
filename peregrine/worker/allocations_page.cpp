#include "peregrine/base/units.hpp"
#include "peregrine/worker/allocations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

namespace peregrine::worker {

namespace {

using json = nlohmann::ordered_json;

double per(std::int64_t sum, std::uint64_t count) noexcept {
  return count > 0 ? static_cast<double>(sum) / static_cast<double>(count) : 0;
}

std::string spell(std::uint64_t nanoseconds) {
  return print_duration(std::chrono::nanoseconds(nanoseconds));
}

// For differences, which may be negative.
std::string spell_change(std::int64_t bytes) {
  return (bytes < 0 ? "-" : "") + print_size(static_cast<std::uint64_t>(std::abs(bytes)));
}

// The bound that so large a part of all turns keeps within; of the few that are longer than all bounds, the longest.
std::uint64_t percentile(const allocations& of, double part) {
  std::uint64_t all = 0;
  for (const auto each : of.lag.counts) all += each;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < duration_counts::bounds.size(); ++i) {
    seen += of.lag.counts[i];
    if (static_cast<double>(seen) >= part * static_cast<double>(all)) return duration_counts::bounds[i];
  }
  return of.longest_turn;
}

class page {
 public:
  template <class... T>
  void line(fmt::format_string<T...> form, T&&... values) {
    if (!text_.empty()) text_ += '\n';
    fmt::format_to(std::back_inserter(text_), form, std::forward<T>(values)...);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void describe_line(page& out, const allocation& each, std::uint64_t live) {
  const auto objects = each.objects > 0 ? print_count(each.objects) + " allocations, " : std::string();
  if (live == 0) {
    out.line("{}: {}{}", each.name, objects, spell_change(each.bytes));
  } else {
    out.line("{}: {}{}; {:.2f} and {:.1f} bytes per connection", each.name, objects, spell_change(each.bytes),
             per(each.objects_added, live), per(each.bytes_added, live));
  }
}

void describe_sum(page& out, const allocations& of) {
  out.line("** {:.2f} objects and {:.1f} bytes per connection, for {} connections.", per(of.objects_added(), of.live),
           per(of.bytes_added(), of.live), print_count(of.live));
  out.line(
      "** The server takes {} (PSS), {} more than when it began, of which the lines above tell {}: {:.1f} % is not "
      "accounted for.",
      print_size(of.memory), spell_change(of.memory_added), spell_change(of.bytes_added()), of.unaccounted() * 100);
}

void describe_kernel(page& out, const std::vector<allocation>& lines, std::uint64_t live) {
  out.line("");
  out.line(
      "The kernel beside it, all that was added on this machine since the server began, both ends where both are "
      "here:");
  std::int64_t sum = 0;
  for (const auto& each : lines) {
    if (each.bytes_added <= 0) continue;  // what others have let go of
    sum += each.bytes_added;
    const auto objects = each.objects_added > 0
                             ? fmt::format("{} objects, ", print_count(static_cast<std::uint64_t>(each.objects_added)))
                             : "";
    out.line("{}: {}{}; {:.1f} bytes per connection", each.name, objects, spell_change(each.bytes_added),
             per(each.bytes_added, live));
  }
  out.line("** {:.1f} bytes per connection.", per(sum, live));
}

// All CPU, whatever it was for: a figure for the one where the other does not happen.
void describe_time(page& out, const allocations& of) {
  const auto in_microseconds = [](std::uint64_t cpu, std::uint64_t count) {
    return count > 0 ? fmt::format("{:.1f}µs", static_cast<double>(cpu) / 1e3 / static_cast<double>(count))
                     : std::string("none");
  };
  out.line("");
  out.line(
      "CPU since the server began: {}; for each of {} connections accepted {}, for each of {} messages delivered {}",
      spell(of.cpu), print_count(of.opened), in_microseconds(of.cpu, of.opened), print_count(of.delivered),
      in_microseconds(of.cpu, of.delivered));
  out.line("CPU in the last second: {}; for each of {} connections accepted {}, for each of {} messages delivered {}",
           spell(of.interval_cpu), print_count(of.interval_opened),
           in_microseconds(of.interval_cpu, of.interval_opened), print_count(of.interval_delivered),
           in_microseconds(of.interval_cpu, of.interval_delivered));
  out.line("Turns of the loop: 99 % within {}, 99.99 % within {}; the longest took {}", spell(percentile(of, 0.99)),
           spell(percentile(of, 0.9999)), spell(of.longest_turn));
}

double in_seconds(std::uint64_t nanoseconds) noexcept {
  return static_cast<double>(nanoseconds) / 1e9;
}

json spell_lines(const std::vector<allocation>& lines) {
  auto out = json::array();
  for (const auto& each : lines) {
    out.push_back({{"name", each.name},
                   {"owner", name_of(each.whose)},
                   {"objects", each.objects},
                   {"bytes", each.bytes},
                   {"objects_added", each.objects_added},
                   {"bytes_added", each.bytes_added}});
  }
  return out;
}

json spell_lag(const allocations& of) {
  auto bounds = json::array();
  for (const auto each : duration_counts::bounds) bounds.push_back(in_seconds(each));
  return {{"bounds", bounds},
          {"counts", of.lag.counts},
          {"sum", in_seconds(of.lag.sum)},
          {"longest", in_seconds(of.longest_turn)}};
}

json spell(const allocations& of) {
  const json last_second{
      {"seconds", in_seconds(of.interval_cpu)}, {"opened", of.interval_opened}, {"delivered", of.interval_delivered}};
  return {{"live", of.live},
          {"lines", spell_lines(of.lines)},
          {"bytes_added", of.bytes_added()},
          {"objects_added", of.objects_added()},
          {"memory_bytes", of.memory},
          {"memory_bytes_added", of.memory_added},
          {"unaccounted", of.unaccounted()},
          {"cpu",
           {{"seconds", in_seconds(of.cpu)},
            {"opened", of.opened},
            {"delivered", of.delivered},
            {"last_second", last_second}}},
          {"lag_seconds", spell_lag(of)}};
}

}  // namespace

std::string describe(const allocation_report& told) {
  page out;
  for (const auto& each : told.all.lines) {
    if (each.bytes != 0) describe_line(out, each, told.all.live);
  }
  describe_sum(out, told.all);
  describe_kernel(out, told.kernel, told.all.live);
  describe_time(out, told.all);
  if (told.workers.size() > 1) {
    out.line("");
    for (const auto& each : told.workers) {
      out.line(
          "worker {}: process {}, {} live; {:.2f} objects and {:.1f} bytes per connection, {:.1f} % not accounted for; "
          "longest turn {}",
          each.worker, each.process, print_count(each.live), per(each.objects_added(), each.live),
          per(each.bytes_added(), each.live), each.unaccounted() * 100, spell(each.longest_turn));
    }
  }
  return out.take();
}

json to_json(const allocation_report& told) {
  auto out = spell(told.all);
  out["kernel"] = spell_lines(told.kernel);
  auto workers = json::array();
  for (const auto& each : told.workers) {
    json one{{"number", each.worker}, {"process", each.process}};
    one.update(spell(each));
    workers.push_back(std::move(one));
  }
  out["workers"] = std::move(workers);
  return out;
}

}  // namespace peregrine::worker
