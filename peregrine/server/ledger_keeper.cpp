#include "peregrine/server/ledger_keeper.hpp"

#include "peregrine/worker/allocations.hpp"

#include <utility>

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
  constexpr int most_skipped = 9;
  reactor::current().set_timeout(*this, 1s);
  count();
  book_.begin_interval();
  const auto gone = door_.counts.opened - door_.counts.live;
  const auto events = door_.counts.opened + gone + door_.counts.messages_in + rooms_.delivered();
  if (std::exchange(events_, events) == events && ++skipped_ <= most_skipped) return;
  skipped_ = 0;
  book_.write();
}

// What the figures of the ledger are divided by.
void ledger_keeper::count() {
  constexpr auto relaxed = std::memory_order_relaxed;
  place_.live.store(door_.counts.live, relaxed);
  place_.opened.store(door_.counts.opened, relaxed);
  place_.delivered.store(rooms_.delivered(), relaxed);
}

}  // namespace peregrine::server
