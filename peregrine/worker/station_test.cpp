#include "peregrine/worker/station.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace peregrine::worker {
namespace {

using namespace std::chrono_literals;

// As the process that is started with it sees it.
std::unique_ptr<station> seen(const station::place& given) {
  const auto variable = station::to_environment(given, dup(STDERR_FILENO));
  const auto equals = variable.find('=');
  setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  return station::from_environment();
}

TEST(a_station, is_told_of_its_place_by_the_environment) {
  const auto worker = seen({.what = role::worker, .number = 7, .is_reload = true, .terms = "{\"a\": \"b=c\"}\nd"});
  ASSERT_TRUE(worker);
  EXPECT_EQ(worker->what(), role::worker);
  EXPECT_EQ(worker->number(), 7U);
  EXPECT_TRUE(worker->is_reload());
  EXPECT_EQ(worker->terms(), "{\"a\": \"b=c\"}\nd");
  const auto office = seen({.what = role::admin, .number = 2, .is_reload = false, .terms = {}});
  ASSERT_TRUE(office);
  EXPECT_EQ(office->what(), role::admin);
  EXPECT_FALSE(office->is_reload());
  EXPECT_EQ(office->terms(), "");
  EXPECT_FALSE(station::from_environment()) << "a place is taken once";
}

TEST(a_station, says_how_long_its_end_may_take) {
  auto [ours, theirs] = std::move(*channel::make_pair());
  station(station::place(), std::move(theirs)).report_ready(12'345ms);
  EXPECT_EQ(station::read_ready(ours.receive().said), 12'345ms);
  for (const auto* other : {"ready", "ready ", "ready soon", "ready -1", "bus 3"}) {
    EXPECT_FALSE(station::read_ready(other)) << other;
  }
}

}  // namespace
}  // namespace peregrine::worker
