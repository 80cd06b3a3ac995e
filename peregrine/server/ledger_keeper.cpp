#include "peregrine/server/ledger_keeper.hpp"

#include "peregrine/worker/allocations.hpp"

#include <cstdint>

namespace peregrine::server {

using namespace std::chrono_literals;

ledger_keeper::ledger_keeper(const worker::board& all, worker::figures& place, const acceptor& door, const hub& rooms)
    : all_(all), place_(place), door_(door), rooms_(rooms), book_(place) {
  on_timeout();
}

std::string ledger_keeper::allocations() {
  count();
  book_.write_exactly();
  return describe(worker::read_allocations(all_));
}

void ledger_keeper::on_timeout() {
  constexpr std::uint64_t while_quiet = 10;  // seconds
  reactor::current().set_timeout(*this, 1s);
  count();
  book_.begin_interval();
  if (quiet_.seconds() % while_quiet == 0) book_.write();
}

// What the figures of the ledger are divided by.
void ledger_keeper::count() {
  constexpr auto relaxed = std::memory_order_relaxed;
  place_.live.store(door_.counts.live, relaxed);
  place_.opened.store(door_.counts.opened, relaxed);
  place_.delivered.store(rooms_.delivered(), relaxed);
}

}  // namespace peregrine::server
