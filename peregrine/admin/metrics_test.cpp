#include "peregrine/admin/metrics.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace peregrine::admin {
namespace {

account made_up() {
  account told;
  told.version = "1.2";
  told.all.live_by[transport_of(true, true)] = 7;
  told.all.closed = {{1000, 3}, {4000, 1}};
  told.all.refused = {{"a \"reason\"", 2}};
  told.all.handshakes.record(200'000);
  told.all.handshakes.record(20'000'000'000);
  told.all.workers.push_back({.number = 0, .process = 77, .live = 7, .sockets = 10, .most_files = 20});
  told.limits = {{"memory_bytes", 5, 10}};
  return told;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(metrics, in_prometheus_text) {
  const auto text = to_prometheus(families_of(made_up()));
  for (const auto* line :
       {R"(peregrine_connections{protocol="http2",tls="true"} 7)",
        R"(peregrine_connections{protocol="http1",tls="false"} 0)",
        R"(# TYPE peregrine_connections_closed_total counter)", R"(peregrine_connections_closed_total{code="4000"} 1)",
        R"(peregrine_connections_refused_total{reason="a \"reason\""} 2)",
        R"(peregrine_handshake_duration_seconds_bucket{le="0.0001"} 0)",
        R"(peregrine_handshake_duration_seconds_bucket{le="0.00025"} 1)",
        R"(peregrine_handshake_duration_seconds_bucket{le="10"} 1)",
        R"(peregrine_handshake_duration_seconds_bucket{le="+Inf"} 2)",
        R"(peregrine_handshake_duration_seconds_count 2)", R"(peregrine_build_info{version="1.2"} 1)",
        R"(peregrine_limit_used{limit="memory_bytes"} 5)"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

TEST(metrics, have_one_series_for_a_number_that_two_workers_have) {
  auto told = made_up();
  told.all.workers = {{.number = 0, .process = 70, .live = 5, .longest_turn = 2'000'000'000},
                      {.number = 0, .process = 80, .live = 2, .longest_turn = 1'000'000'000},
                      {.number = 1, .process = 71, .live = 1}};
  told.costs.workers.resize(2);
  told.costs.workers[0].process = 70;
  told.costs.workers[0].cpu = 3'000'000'000;
  told.costs.workers[1].process = 80;
  told.costs.workers[1].cpu = 1'000'000'000;
  const auto text = to_prometheus(families_of(told));
  for (const auto* line :
       {R"(peregrine_worker_connections{worker="0"} 7)", R"(peregrine_worker_connections{worker="1"} 1)",
        R"(peregrine_worker_longest_turn_seconds{worker="0"} 2)", "peregrine_workers 3"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
  EXPECT_EQ(text.find(R"(peregrine_worker_connections{worker="0"})"),
            text.rfind(R"(peregrine_worker_connections{worker="0"})"));
  const auto workers = nlohmann::json::parse(to_json(told))["workers"];
  EXPECT_EQ(workers[0]["cpu_seconds"], 3.0);
  EXPECT_EQ(workers[1]["cpu_seconds"], 1.0);
  EXPECT_EQ(workers[2]["cpu_seconds"], 0.0);
}

TEST(metrics, in_open_metrics) {
  const auto text = to_open_metrics(families_of(made_up()));
  for (const auto* line :
       {R"(# TYPE peregrine_connections_closed counter)", R"(peregrine_connections_closed_total{code="4000"} 1)",
        R"(peregrine_connections_refused_total{reason="a \"reason\""} 2)",
        R"(# TYPE peregrine_handshake_duration_seconds histogram)",
        R"(peregrine_handshake_duration_seconds_bucket{le="10.0"} 1)",
        R"(peregrine_handshake_duration_seconds_bucket{le="+Inf"} 2)",
        R"(peregrine_handshake_duration_seconds_count 2)"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
}

TEST(metrics, are_open_for_who_names_it) {
  EXPECT_TRUE(wants_open_metrics("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));
  EXPECT_FALSE(wants_open_metrics("text/plain"));
  EXPECT_FALSE(wants_open_metrics("*/*"));
}

TEST(an_account, in_json) {
  const auto told = nlohmann::json::parse(to_json(made_up()));
  EXPECT_EQ(told["version"], "1.2");
  EXPECT_EQ(told["connections"]["by_protocol"].size(), 4U);
  EXPECT_EQ(told["connections"]["by_protocol"][3]["live"], 7);
  EXPECT_EQ(told["connections"]["closed"]["4000"], 1);
  EXPECT_EQ(told["handshake_seconds"]["counts"].size(), told["handshake_seconds"]["bounds"].size() + 1);
  EXPECT_DOUBLE_EQ(told["handshake_seconds"]["sum"], 20.0002);
  EXPECT_EQ(told["workers"][0]["process"], 77);
}

TEST(an_account, is_the_sum_of_the_board_with_those_who_are_gone) {
  worker::board all(3);
  EXPECT_FALSE(summarize(all).is_ready);
  const auto serving = static_cast<std::uint64_t>(worker::activity::serving);
  for (std::uint64_t number = 0; number < 3; ++number) {
    auto& place = all.at(*all.take_place(number));
    place.now = serving;
    place.live = 10;
    place.opened = 100;
    place.sent = 1;
    place.delivered = 5;
    place.refused.assign({{403, 2}, {503, 4}});
    place.turned_away[static_cast<std::size_t>(obstacle::rate)] = 4;
    place.longest_turn = number * 1'000;
    place.sockets = 10 + number;
    place.most_files = 100;
    const std::string name = "/room";
    std::copy(name.begin(), name.end(), place.largest[0].name.begin());
    place.largest[0].size = name.size();
    place.largest[0].members = 10 + number;
  }
  EXPECT_FALSE(summarize(all).is_ready) << "the server as a whole does not serve yet";
  all.past().now = serving;
  all.clear_place(1);
  const auto told = take_account(all);
  EXPECT_TRUE(told.all.is_ready);
  EXPECT_EQ(told.all.live, 20U);
  EXPECT_EQ(told.all.opened, 300U);
  EXPECT_EQ(told.all.messages_out, 18U);
  EXPECT_EQ(told.all.refused, (std::map<std::string, std::uint64_t>{{"origin", 6}, {"rate", 12}}));
  EXPECT_EQ(told.all.longest_turn, 2'000U);
  ASSERT_EQ(told.all.workers.size(), 2U);
  EXPECT_EQ(told.all.workers[1].number, 2U);
  EXPECT_EQ(told.limits.front().name, "open_files_of_a_worker");
  EXPECT_EQ(told.limits.front().used, 12U);
  EXPECT_EQ(largest_rooms(all, 5), (std::vector<std::pair<std::string, std::uint64_t>>{{"/room", 22}}));
  all.past().now = static_cast<std::uint64_t>(worker::activity::leaving);
  EXPECT_TRUE(summarize(all).is_draining);
  EXPECT_FALSE(summarize(all).is_ready);
}

}  // namespace
}  // namespace peregrine::admin
