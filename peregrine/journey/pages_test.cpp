#include "peregrine/journey/pages.hpp"

#include <gtest/gtest.h>

namespace peregrine::journey {
namespace {

story all_is_well() {
  story made;
  made.asked = made.went_for = 30'000;
  made.limits.asked = made.limits.possible = 30'000;
  made.limits.limits.push_back({"open files", doctor::effect::stops, "20,000", "266", 2'555'904, true, ""});
  made.before = {.time = 1'000, .server_bytes = 10'000, .server_cpu = 500, .kernel = {}};
  made.opened = {.time = 2'000, .server_bytes = 30'010'000, .server_cpu = 300'000'500, .kernel = {.objects = 900'000}};
  made.held = {.time = 12'000, .server_bytes = 30'010'000, .server_cpu = 300'000'500, .kernel = {}};
  made.swarm.asked = made.swarm.opening.opened = 30'000;
  made.swarm.opening.began = 1'000'000'000;
  made.swarm.opening.ended = 2'000'000'000;
  made.swarm.per_10000 = {30'000, 30'000, 30'000};
  made.server_ended_well = true;
  return made;
}

TEST(pages, a_journey_has_what_both_ends_cost) {
  const auto text = to_html(all_is_well());
  for (const auto* part : {"30,000 WebSockets", "1,000 B", "30 B", "10.0 µs", "28 times as fast as in 2020", "28.6 MiB",
                           "What stands in the way", "Beside 2020", "81.0 objects"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(text.find("class=\"lead ill\""), std::string::npos);
}

TEST(pages, a_journey_that_limits_kept_short_says_so) {
  auto made = all_is_well();
  made.asked = 40'000;
  made.server_ended_well = false;
  const auto text = to_html(made);
  EXPECT_NE(text.find("40,000 were asked for; the limits of this machine allow 30,000."), std::string::npos);
  EXPECT_NE(text.find("The server did not end as it should."), std::string::npos);
  EXPECT_NE(text.find("class=\"lead ill\""), std::string::npos);
}

TEST(pages, a_journey_that_came_nowhere_has_a_page_too) {
  story none;
  none.asked = none.went_for = none.swarm.asked = 10;
  const auto text = to_html(none);
  EXPECT_NE(text.find("Not one connection came about."), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace peregrine::journey
