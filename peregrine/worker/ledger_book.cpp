#include "peregrine/worker/ledger_book.hpp"

#include "peregrine/base/kernel_memory.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace peregrine::worker {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// Lines that have no object of their own to be known by.
constexpr char pages_of_files = 0;
constexpr char shared_memory = 0;

std::vector<ledger_line> lines_of(const process_memory& memory, look how) {
  auto lines = read_ledger(how);
  lines.push_back({"pages of the program and its libraries", owner::library, 0, static_cast<std::int64_t>(memory.files),
                   &pages_of_files});
  lines.push_back({"memory shared with other processes", owner::peregrine, 0, static_cast<std::int64_t>(memory.shared),
                   &shared_memory});
  return lines;
}

void put(ledger_figures::line& to, const ledger_line& line, const ledger_line* before) noexcept {
  const auto size = std::min(line.name.size(), to.name.size());
  std::memcpy(to.name.data(), line.name.data(), size);
  to.size.store(size, relaxed);
  to.whose.store(static_cast<std::uint64_t>(line.whose), relaxed);
  to.objects.store(line.objects, relaxed);
  to.bytes.store(static_cast<std::uint64_t>(line.bytes), relaxed);  // read back as it was
  to.objects_before.store(before ? before->objects : 0, relaxed);
  to.bytes_before.store(before ? static_cast<std::uint64_t>(before->bytes) : 0, relaxed);
}

void put(ledger_figures& to, const std::vector<ledger_line>& lines, const std::vector<ledger_line>& before) {
  const auto count = std::min(lines.size(), to.lines.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto then = std::ranges::find(before, lines[i].source, &ledger_line::source);
    put(to.lines[i], lines[i], then == before.end() ? nullptr : &*then);
  }
  to.count.store(count, relaxed);
}

// ns.
struct cpu_time {
  std::uint64_t user;
  std::uint64_t system;
};

cpu_time read_cpu_time() noexcept {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto nanoseconds = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_usec) * 1'000;
  };
  return {nanoseconds(used.ru_utime), nanoseconds(used.ru_stime)};
}

}  // namespace

ledger_book::ledger_book(figures& place)
    : place_(place), memory_before_(measure_memory()), memory_(memory_before_), interval_(now()) {
  before_ = lines_of(memory_before_, look::thorough);
}

ledger_book::position ledger_book::now() const noexcept {
  const auto [user, system] = read_cpu_time();
  return {place_.opened.load(relaxed), place_.delivered.load(relaxed), user + system};
}

// It measures where that is quick, when much has changed: whoever idles is not looked through each second.
void ledger_book::write() {
  const auto counted = count_memory(memory_);
  const auto change = std::max(counted.anonymous, measured_) - std::min(counted.anonymous, measured_);
  if (change <= measured_ / 8) {
    write(counted, look::quick);
  } else {
    write_exactly();
    measured_ = memory_.anonymous;
  }
}

void ledger_book::write_exactly() {
  write(read_memory(memory_), look::thorough);
}

void ledger_book::write(const process_memory& memory, look how) {
  memory_ = memory;
  auto& told = place_.ledger;
  put(told, lines_of(memory, how), before_);
  told.memory.store(memory.sum(), relaxed);
  told.memory_before.store(memory_before_.sum(), relaxed);
  const auto [user, system] = read_cpu_time();
  told.cpu.store(user + system, relaxed);
  told.cpu_system.store(system, relaxed);
  const auto& loop = reactor::current();
  for (std::size_t i = 0; i < told.lag.size(); ++i) told.lag[i].store(loop.lag().counts[i], relaxed);
  told.lag_sum.store(loop.lag().sum, relaxed);
  told.longest_turn.store(loop.longest_turn_ever(), relaxed);
}

void ledger_book::begin_interval() {
  const auto then = std::exchange(interval_, now());
  auto& told = place_.ledger;
  told.interval_opened.store(interval_.opened - then.opened, relaxed);
  told.interval_delivered.store(interval_.delivered - then.delivered, relaxed);
  told.interval_cpu.store(interval_.cpu - then.cpu, relaxed);
}

void write_kernel(figures& past) {
  put(past.ledger, measure_kernel().lines, {});
}

}  // namespace peregrine::worker
