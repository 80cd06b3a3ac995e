#include "peregrine/connection/census.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"

#include <fmt/format.h>

#include <string>

namespace peregrine {

namespace {

void tell_turned_away(const obstacle_counts& before, const obstacle_counts& now) {
  std::uint64_t all = 0;
  std::string why;
  for (std::size_t i = 0; i < obstacles; ++i) {
    const auto more = now[i] - before[i];
    if (more == 0) continue;
    all += more;
    why += fmt::format("{}{} by {}", why.empty() ? "" : ", ", print_count(more), name_of(static_cast<obstacle>(i)));
  }
  if (all > 0) log::warning("server", {{"turned_away", all}}, "{} were turned away: {}", print_count(all), why);
}

}  // namespace

void tell_census(const connection_counts& before, const connection_counts& now) {
  tell_turned_away(before.turned_away, now.turned_away);
  const auto came = now.opened - before.opened;
  std::string how;
  std::uint64_t left = 0;
  for (const auto& [code, count] : now.closed) {
    const auto known = before.closed.find(code);
    const auto more = count - (known == before.closed.end() ? 0 : known->second);
    if (more == 0) continue;
    left += more;
    how += fmt::format("{}{} with {}", how.empty() ? "" : ", ", print_count(more), code);
  }
  if (came == 0 && left == 0) return;
  log::info("server", {{"opened", came}, {"closed", left}, {"live", now.live}}, "{} came, {} left{}; {} are here",
            print_count(came), print_count(left), how.empty() ? "" : " (" + how + ")", print_count(now.live));
}

}  // namespace peregrine
