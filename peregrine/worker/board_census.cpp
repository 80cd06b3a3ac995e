#include "peregrine/worker/board_census.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"

#include <fmt/format.h>

#include <string>
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
  auto then = std::exchange(before_, now());
  const auto came = before_.opened - then.opened;
  std::string how;
  std::uint64_t left = 0;
  for (const auto& [code, count] : before_.closed) {
    const auto more = count - then.closed[code];
    if (more == 0) continue;
    left += more;
    how += fmt::format("{}{} with {}", how.empty() ? "" : ", ", print_count(more), code);
  }
  if (came == 0 && left == 0) return;
  log::info("server", {{"opened", came}, {"closed", left}, {"live", before_.live}}, "{} came, {} left{}; {} are here",
            print_count(came), print_count(left), how.empty() ? "" : " (" + how + ")", print_count(before_.live));
}

board_census::sum board_census::now() const {
  constexpr auto relaxed = std::memory_order_relaxed;
  sum all;
  const auto add = [&all](const figures& each) {
    all.live += each.live.load(relaxed);
    all.opened += each.opened.load(relaxed);
    for (const auto& [code, count] : each.closed.read()) all.closed[code] += count;
  };
  add(board_.past());
  for (const auto* each : board_.living()) add(*each);
  return all;
}

}  // namespace peregrine::worker
