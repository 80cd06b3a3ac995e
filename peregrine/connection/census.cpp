#include "peregrine/connection/census.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"

#include <fmt/format.h>

#include <string>

namespace peregrine {

void tell_census(const connection_counts& before, const connection_counts& now) {
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
