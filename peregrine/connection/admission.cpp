#include "peregrine/connection/admission.hpp"

#include "peregrine/connection/rate_limit.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

namespace peregrine {

namespace {

// A look at the memory costs some microseconds.
constexpr unsigned entries_per_look = 64;
constexpr std::uint64_t look_interval = 100;     // ms
constexpr std::uint64_t trim_interval = 10'000;  // ms

constexpr std::uint64_t as_holding(std::uint32_t where, std::uint64_t places) noexcept {
  return std::uint64_t{where} << 32U | places;
}

}  // namespace

std::uint64_t own_memory() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> told(std::fopen("/proc/self/statm", "re"), std::fclose);
  unsigned long resident = 0;
  unsigned long shared = 0;
  if (!told || std::fscanf(told.get(), "%*u %lu %lu", &resident, &shared) != 2) return 0;
  return std::uint64_t{resident - std::min(resident, shared)} * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

admission::admission(admission_options chosen, admission_counts& shared, std::size_t place)
    : options_(std::move(chosen)), shared_(shared), place_(place) {
  if (options_.per_address > 0) tcp_stream::set_bookkeeper(this);
}

admission::~admission() {
  if (options_.per_address > 0) tcp_stream::set_bookkeeper(nullptr);
}

std::optional<obstacle> admission::enter(int socket) {
  // The system gives the lowest number that is free, so that all below it are in use.
  if (options_.files > 0 && static_cast<std::uint64_t>(socket) + files_kept >= options_.files) return obstacle::files;
  return take(socket, true);
}

std::optional<obstacle> admission::enter_beside(int socket, std::size_t others) {
  keep(socket, others);
  return others == 0 ? std::nullopt : take(socket, false);
}

// Who meets a limit of their own takes nothing of what is for all.
std::optional<obstacle> admission::take(int socket, bool is_first) {
  if (options_.memory > 0 && is_over_memory(socket)) return obstacle::memory;
  const bool is_counted = options_.per_address > 0 && is_countable(socket);
  std::optional<std::uint32_t> where;
  if (is_counted) {
    auto& held = shared_.held(place_, static_cast<std::size_t>(socket));
    const auto now = held.load(std::memory_order_relaxed);
    if (is_first) {
      const auto got =
          shared_.addresses().take(address::of_peer(socket).network(), shared_.seed(), options_.per_address);
      if (got.what == address_table::outcome::at_limit) return obstacle::address;
      if (got.what == address_table::outcome::taken) {
        where = got.where;
        held.store(as_holding(got.where, 1), std::memory_order_relaxed);
      }
    } else if (now != 0) {
      where = static_cast<std::uint32_t>(now >> 32U);
      if (!shared_.addresses().take_more(*where, options_.per_address)) return obstacle::address;
      held.store(now + 1, std::memory_order_relaxed);
    }
  }
  if (options_.per_second == 0) return std::nullopt;
  if (is_due(shared_.next_due(), reactor::current().turn_began(), options_.per_second)) return std::nullopt;
  if (where) {
    auto& held = shared_.held(place_, static_cast<std::size_t>(socket));
    const auto rest = held.load(std::memory_order_relaxed) - 1;
    held.store(static_cast<std::uint32_t>(rest) == 0 ? 0 : rest, std::memory_order_relaxed);
    shared_.addresses().give_back(*where, 1);
  }
  return obstacle::rate;
}

void admission::keep(int socket, std::size_t websockets) noexcept {
  if (options_.per_address == 0 || !is_countable(socket)) return;
  auto& held = shared_.held(place_, static_cast<std::size_t>(socket));
  const auto now = held.load(std::memory_order_relaxed);
  const auto places = static_cast<std::uint32_t>(now);
  const auto wanted = static_cast<std::uint32_t>(std::max<std::size_t>(websockets, 1));
  if (places <= wanted) return;
  held.store(now - (places - wanted), std::memory_order_relaxed);
  shared_.addresses().give_back(static_cast<std::uint32_t>(now >> 32U), places - wanted);
}

void admission::on_close(int socket) noexcept {
  if (!is_countable(socket)) return;
  auto& held = shared_.held(place_, static_cast<std::size_t>(socket));
  const auto now = held.load(std::memory_order_relaxed);
  if (now == 0) return;
  held.store(0, std::memory_order_relaxed);
  shared_.addresses().give_back(static_cast<std::uint32_t>(now >> 32U), static_cast<std::uint32_t>(now));
}

bool admission::is_countable(int socket) const noexcept {
  return socket >= 0 && static_cast<std::size_t>(socket) < shared_.files();
}

bool admission::is_over_memory(int socket) {
  const auto now = reactor::current().now();
  if (now - looked_at_ < look_interval && (is_over_memory_ || ++since_look_ < entries_per_look)) {
    return is_over_memory_;
  }
  looked_at_ = now;
  since_look_ = 0;
  const auto is_over = [&] {
    const auto sockets = static_cast<std::uint64_t>(std::max(socket, 0));
    return options_.memory_taken() + sockets * options_.kernel_per_socket >= options_.memory;
  };
  is_over_memory_ = is_over();
  if (is_over_memory_ && now - trimmed_at_ >= trim_interval) {
    // Much of it may be free, and only kept by the allocator.
    trimmed_at_ = now;
    malloc_trim(0);
    is_over_memory_ = is_over();
  }
  return is_over_memory_;
}

unsigned admission::retry_after(obstacle met) {
  const bool is_short = met == obstacle::rate;
  return std::uniform_int_distribution<unsigned>(is_short ? 2 : 5, is_short ? 10 : 30)(random_);
}

bool admission::may_linger(int socket) const noexcept {
  return options_.files == 0 || static_cast<std::uint64_t>(socket) + files_kept - files_to_refuse_with < options_.files;
}

}  // namespace peregrine
