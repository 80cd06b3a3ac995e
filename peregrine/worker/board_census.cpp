#include "peregrine/worker/board_census.hpp"

#include "peregrine/connection/census.hpp"

#include <chrono>
#include <utility>

namespace peregrine::worker {

namespace {

using namespace std::chrono_literals;

}  // namespace

board_census::board_census(const board& read) : board_(read) {
  reactor::current().set_timeout(*this, 1s);
}

void board_census::on_timeout() {
  reactor::current().set_timeout(*this, 1s);
  const auto then = std::exchange(before_, now());
  tell_census(then, before_);
}

connection_counts board_census::now() const {
  constexpr auto relaxed = std::memory_order_relaxed;
  connection_counts all;
  const auto add = [&all](const figures& each) {
    all.live += each.live.load(relaxed);
    all.opened += each.opened.load(relaxed);
    for (const auto& [code, count] : each.closed.read()) all.closed[code] += count;
    for (std::size_t i = 0; i < obstacles; ++i) all.turned_away[i] += each.turned_away[i].load(relaxed);
  };
  add(board_.past());
  for (const auto* each : board_.living()) add(*each);
  return all;
}

}  // namespace peregrine::worker
