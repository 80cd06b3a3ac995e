#include "peregrine/journey/story.hpp"

#include <gtest/gtest.h>

namespace peregrine::journey {
namespace {

story all_is_well() {
  story made;
  made.asked = made.went_for = 100;
  made.limits.asked = made.limits.possible = 100;
  made.before = {.time = 1'000, .server_bytes = 10'000, .server_cpu = 500, .kernel = {.objects = 1'000, .buffers = 0}};
  made.opened = {
      .time = 2'000, .server_bytes = 30'000, .server_cpu = 1'000'500, .kernel = {.objects = 801'000, .buffers = 100}};
  made.held = {.time = 12'000, .server_bytes = 30'000, .server_cpu = 1'000'600, .swarm_cpu = 7'000, .kernel = {}};
  made.spoken = {.time = 13'000, .server_cpu = 1'300'600, .swarm_cpu = 407'000, .kernel = {}};
  made.swarm.asked = made.swarm.opening.opened = 100;
  made.swarm.opening.cpu = 2'000'000;
  made.swarm.per_10000 = {25'000};
  swarm::broadcast_report heard;
  heard.expected = heard.heard.delivered = 100;
  made.swarm.broadcasts = {heard};
  made.swarm.broadcasts_asked = 1;
  made.server_ended_well = true;
  return made;
}

TEST(story, what_one_connection_added) {
  const auto told = all_is_well();
  EXPECT_EQ(told.server_user_bytes(), 200U);
  EXPECT_EQ(told.kernel_bytes(), 8'001U);
  EXPECT_DOUBLE_EQ(told.server_handshake_microseconds(), 10);
  EXPECT_DOUBLE_EQ(told.client_handshake_microseconds(), 20);
  EXPECT_DOUBLE_EQ(told.server_delivery_microseconds(), 3);
  EXPECT_DOUBLE_EQ(told.client_delivery_microseconds(), 4);
  EXPECT_DOUBLE_EQ(told.idle_cpu(), 0.01);
  EXPECT_TRUE(told.succeeded());
}

TEST(story, the_report_of_the_swarm_stands_under_its_name) {
  const auto out = to_json(all_is_well());
  EXPECT_EQ(out["swarm"]["opened"], 100);
  EXPECT_EQ(out["server"]["user_bytes_per_connection"], 200);
  EXPECT_EQ(out["stopped_by"], nullptr);
  EXPECT_EQ(out["seed"]["seconds"], 94.0);
}

TEST(story, less_far_than_asked_is_no_success) {
  auto told = all_is_well();
  told.asked = told.limits.asked = 200;
  EXPECT_FALSE(told.succeeded());
  EXPECT_EQ(to_json(told)["succeeded"], false);
  EXPECT_NE(told.describe(false).find("100 of 200 were reached, held, and spoken to; the limits allow no more."),
            std::string::npos)
      << told.describe(false);
}

TEST(story, the_limit_that_stands_in_the_way_is_named) {
  auto told = all_is_well();
  told.asked = told.limits.asked = 200;
  told.limits.limits.push_back(
      {"open files of a process", doctor::effect::stops, "100", "200", 100, false, "ulimit -n 232"});
  EXPECT_EQ(to_json(told)["stopped_by"], "open files of a process");
  const auto text = told.describe(false);
  EXPECT_NE(text.find("open files of a process"), std::string::npos);
  EXPECT_NE(text.find("ulimit -n 232"), std::string::npos);
  EXPECT_NE(text.find("went for 100"), std::string::npos);
}

TEST(story, nobody_there_costs_nothing) {
  story nothing;
  EXPECT_EQ(nothing.server_user_bytes(), 0U);
  EXPECT_DOUBLE_EQ(nothing.client_handshake_microseconds(), 0);
  EXPECT_FALSE(nothing.succeeded());
  EXPECT_NE(nothing.describe(false).find("not all went well"), std::string::npos);
}

}  // namespace
}  // namespace peregrine::journey
