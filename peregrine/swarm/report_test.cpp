#include "peregrine/swarm/report.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

report all_is_well() {
  report made;
  made.url = "ws://127.0.0.1:8080/";
  made.asked = 10;
  made.processes = 1;
  made.opening.opened = 10;
  made.opening.began = 1'000'000'000;
  made.opening.ended = 3'000'000'000;
  made.opening.user_bytes = 4'000;
  made.opening.handshake.record(1'000, 9);
  made.opening.handshake.record(50'000);
  made.broadcasts_asked = 1;
  broadcast_report broadcast;
  broadcast.size = 64;
  broadcast.expected = broadcast.heard.delivered = 10;
  broadcast.began = 5'000'000'000;
  broadcast.heard.last = 5'250'000'000;
  made.broadcasts.push_back(broadcast);
  return made;
}

TEST(report, keys_in_their_order_and_figures_in_their_units) {
  const auto out = to_json(all_is_well());
  std::vector<std::string> keys;
  for (const auto& [key, value] : out.items()) keys.push_back(key);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"url",          "machine",   "protocol",        "asked",        "opened",
                                      "failed",       "not_tried", "tcp_connections", "open_seconds", "open_per_second",
                                      "handshake_ms", "memory",    "held_seconds",    "lost",         "lost_by_code",
                                      "broadcasts",   "echo",      "client",          "interrupted",  "succeeded"}));
  EXPECT_EQ(out["open_seconds"], 2.0);
  EXPECT_EQ(out["open_per_second"]["overall"], 5.0);
  EXPECT_NEAR(out["handshake_ms"]["p50"].get<double>(), 1.0, 0.04);
  EXPECT_EQ(out["handshake_ms"]["max"], 50.0);
  EXPECT_EQ(out["broadcasts"][0]["seconds_to_last"], 0.25);
  EXPECT_EQ(out["client"]["user_bytes_per_connection"], 400);
  EXPECT_TRUE(out["echo"].is_null());
  EXPECT_EQ(out["succeeded"], true);
}

TEST(report, latencies_are_told_as_a_histogram_too) {
  const auto spans = to_json(all_is_well())["handshake_ms"]["histogram"];
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0]["from"], 0.96);
  EXPECT_EQ(spans[0]["to"], 1.024);
  EXPECT_EQ(spans[0]["count"], 9);
  EXPECT_EQ(spans[1]["count"], 1);
}

TEST(report, memory_is_told_as_it_grew) {
  auto made = all_is_well();
  made.memory = {{},
                 {.connections = 10,
                  .time = 2'000'000'000,
                  .client = 4'000,
                  .server = 3'000,
                  .kernel_objects = 500,
                  .kernel_buffers = 7}};
  const auto out = to_json(made)["memory"];
  EXPECT_EQ(out[0]["server"], nullptr);
  EXPECT_EQ(out[1], (nlohmann::ordered_json{{"connections", 10},
                                            {"seconds", 2.0},
                                            {"client", 4'000},
                                            {"server", 3'000},
                                            {"kernel_objects", 500},
                                            {"kernel_buffers", 7}}));
}

TEST(report, the_trend_is_that_of_whole_steps) {
  auto made = all_is_well();
  EXPECT_EQ(to_json(made)["open_per_second"]["trend"], nullptr);
  made.opening.opened = 35'000;
  made.per_10000 = {100, 90, 80, 1};
  EXPECT_NEAR(to_json(made)["open_per_second"]["trend"].get<double>(), -0.2, 1e-9);
}

TEST(report, an_echo_has_its_own_part) {
  auto made = all_is_well();
  made.echo_was_asked = true;
  EXPECT_FALSE(made.succeeded());
  made.echo = echo_report{.active = 2, .size = 64, .rate = 100.0, .told = {}};
  made.echo->told.sent = made.echo->told.received = 200;
  made.echo->told.ended = 2'000'000'000;
  EXPECT_TRUE(made.succeeded());
  const auto out = to_json(made);
  EXPECT_EQ(out["echo"]["per_second"], 100.0);
  EXPECT_EQ(out["echo"]["rate"], 100.0);
}

TEST(report, success_is_all_of_it_opened_held_and_delivered) {
  EXPECT_TRUE(all_is_well().succeeded());
  auto short_of_one = all_is_well();
  short_of_one.opening.opened = 9;
  EXPECT_FALSE(short_of_one.succeeded());
  EXPECT_EQ(short_of_one.not_tried(), 1U);

  auto lost = all_is_well();
  lost.closing.lost["1006"] = 1;
  EXPECT_FALSE(lost.succeeded());
  EXPECT_NE(lost.describe(false).find("close code 1006"), std::string::npos);

  auto unheard = all_is_well();
  unheard.broadcasts[0].heard.delivered = 9;
  EXPECT_FALSE(unheard.succeeded());

  auto twice = all_is_well();
  twice.broadcasts[0].heard.duplicates = 1;
  EXPECT_FALSE(twice.succeeded());

  auto unsaid = all_is_well();
  unsaid.broadcasts.clear();
  EXPECT_FALSE(unsaid.succeeded());

  auto interrupted = all_is_well();
  interrupted.was_interrupted = true;
  EXPECT_FALSE(interrupted.succeeded());
}

TEST(report, failures_are_told_once_each_with_their_count) {
  auto made = all_is_well();
  made.opening.opened = 3;
  made.opening.failed["refused"] = {5, "nobody listens"};
  made.opening.failed["status 503"] = {2, "busy"};
  const auto out = to_json(made);
  EXPECT_EQ(out["failed"]["refused"]["count"], 5);
  EXPECT_EQ(out["failed"]["status 503"]["explanation"], "busy");
  EXPECT_EQ(out["not_tried"], 0);
  EXPECT_NE(made.describe(false).find("5 failed (refused): nobody listens"), std::string::npos);
}

TEST(report, nothing_opened_divides_by_nothing) {
  report made;
  made.asked = 5;
  const auto out = to_json(made);
  EXPECT_EQ(out["client"]["user_bytes_per_connection"], 0);
  EXPECT_EQ(out["open_per_second"]["overall"], 0.0);
  EXPECT_FALSE(made.succeeded());
}

}  // namespace
}  // namespace peregrine::swarm
