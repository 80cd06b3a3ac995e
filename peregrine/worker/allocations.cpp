#include "peregrine/worker/allocations.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace peregrine::worker {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

std::int64_t difference(std::uint64_t now, std::uint64_t before) noexcept {
  return static_cast<std::int64_t>(now) - static_cast<std::int64_t>(before);
}

std::vector<allocation> read_lines(const ledger_figures& from) {
  std::vector<allocation> lines;
  const auto count = std::min<std::uint64_t>(from.count.load(relaxed), from.lines.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& each = from.lines[i];
    const auto size = std::min<std::uint64_t>(each.size.load(relaxed), each.name.size());
    const auto objects = each.objects.load(relaxed);
    const auto bytes = static_cast<std::int64_t>(each.bytes.load(relaxed));
    lines.push_back({std::string(each.name.data(), size), static_cast<owner>(each.whose.load(relaxed)), objects, bytes,
                     difference(objects, each.objects_before.load(relaxed)),
                     bytes - static_cast<std::int64_t>(each.bytes_before.load(relaxed))});
  }
  return lines;
}

void sort(std::vector<allocation>& lines) {
  std::ranges::stable_sort(lines, std::greater(), &allocation::bytes);
}

allocations read_process(const figures& from) {
  const auto& ledger = from.ledger;
  allocations told;
  told.worker = from.worker.load(relaxed);
  told.process = from.process.load(relaxed);
  told.live = from.live.load(relaxed);
  told.opened = from.opened.load(relaxed);
  told.delivered = from.delivered.load(relaxed);
  told.lines = read_lines(ledger);
  sort(told.lines);
  told.memory = ledger.memory.load(relaxed);
  told.memory_added = difference(told.memory, ledger.memory_before.load(relaxed));
  told.cpu = ledger.cpu.load(relaxed);
  told.cpu_system = ledger.cpu_system.load(relaxed);
  told.interval_opened = ledger.interval_opened.load(relaxed);
  told.interval_delivered = ledger.interval_delivered.load(relaxed);
  told.interval_cpu = ledger.interval_cpu.load(relaxed);
  for (std::size_t i = 0; i < ledger.lag.size(); ++i) told.lag.counts[i] = ledger.lag[i].load(relaxed);
  told.lag.sum = ledger.lag_sum.load(relaxed);
  told.longest_turn = ledger.longest_turn.load(relaxed);
  return told;
}

void add(allocations& to, const allocations& from) {
  for (auto each : {&allocations::live, &allocations::opened, &allocations::delivered, &allocations::memory,
                    &allocations::cpu, &allocations::cpu_system, &allocations::interval_opened,
                    &allocations::interval_delivered, &allocations::interval_cpu}) {
    to.*each += from.*each;
  }
  to.memory_added += from.memory_added;
  for (std::size_t i = 0; i < to.lag.counts.size(); ++i) to.lag.counts[i] += from.lag.counts[i];
  to.lag.sum += from.lag.sum;
  to.longest_turn = std::max(to.longest_turn, from.longest_turn);
  for (const auto& each : from.lines) {
    const auto same = std::ranges::find(to.lines, each.name, &allocation::name);
    if (same == to.lines.end()) {
      to.lines.push_back(each);
      continue;
    }
    same->objects += each.objects;
    same->bytes += each.bytes;
    same->objects_added += each.objects_added;
    same->bytes_added += each.bytes_added;
  }
}

// What those took who are gone: time alone, for their memory is given back. What it is divided by goes with it.
void add_past(allocations& to, const figures& past) {
  const auto& ledger = past.ledger;
  to.opened += past.opened.load(relaxed);
  to.delivered += past.delivered.load(relaxed);
  to.cpu += ledger.cpu.load(relaxed);
  to.cpu_system += ledger.cpu_system.load(relaxed);
  for (std::size_t i = 0; i < ledger.lag.size(); ++i) to.lag.counts[i] += ledger.lag[i].load(relaxed);
  to.lag.sum += ledger.lag_sum.load(relaxed);
  to.longest_turn = std::max(to.longest_turn, ledger.longest_turn.load(relaxed));
}

std::vector<allocation> read_kernel(const ledger_figures& before, const kernel_memory& now) {
  const auto then = read_lines(before);
  std::vector<allocation> lines;
  for (const auto& each : now.lines) {
    const auto same = std::ranges::find(then, each.name, &allocation::name);
    const bool is_known = same != then.end();
    lines.push_back({each.name, each.whose, each.objects, each.bytes,
                     is_known ? difference(each.objects, same->objects) : 0, is_known ? each.bytes - same->bytes : 0});
  }
  std::ranges::stable_sort(lines, std::greater(), &allocation::bytes_added);
  return lines;
}

}  // namespace

std::int64_t allocations::bytes_added() const noexcept {
  std::int64_t sum = 0;
  for (const auto& each : lines) sum += each.bytes_added;
  return sum;
}

std::int64_t allocations::objects_added() const noexcept {
  std::int64_t sum = 0;
  for (const auto& each : lines) sum += each.objects_added;
  return sum;
}

double allocations::unaccounted() const noexcept {
  return memory_added > 0 ? static_cast<double>(memory_added - bytes_added()) / static_cast<double>(memory_added) : 0;
}

allocation_report read_allocations(const board& of, const kernel_memory& kernel) {
  allocation_report told;
  for (const auto* each : of.living()) told.workers.push_back(read_process(*each));
  for (const auto& each : told.workers) add(told.all, each);
  add_past(told.all, of.past());
  sort(told.all.lines);
  told.kernel = read_kernel(of.past().ledger, kernel);
  return told;
}

}  // namespace peregrine::worker
