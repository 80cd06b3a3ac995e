#include "peregrine/swarm/pages.hpp"

#include "peregrine/swarm/ramp.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

report all_is_well() {
  report made;
  made.url = "ws://127.0.0.1:8080/room?a=1&b=<2>";
  made.machine.processor = "A \"Processor\"";
  made.asked = made.opening.opened = 40'000;
  made.opening.began = 1'000'000'000;
  made.opening.ended = 3'000'000'000;
  made.opening.user_bytes = std::uint64_t{40'000} * 400;
  made.opening.handshake.record(1'000, 39'999);
  made.opening.handshake.record(50'000);
  made.per_10000 = {20'000, 20'400, 19'600, 20'000};
  for (std::uint64_t i = 0; i <= 4; ++i) {
    made.memory.push_back({.connections = i * 10'000,
                           .time = i,
                           .client = i * 4'000'000,
                           .server = std::nullopt,
                           .kernel_objects = i * 80'000'000,
                           .kernel_buffers = i * 1'000});
  }
  made.broadcasts_asked = 1;
  broadcast_report broadcast;
  broadcast.size = 64;
  broadcast.expected = broadcast.heard.delivered = 40'000;
  broadcast.began = 5'000'000'000;
  broadcast.heard.last = 5'025'000'000;
  broadcast.heard.latency.record(10'000, 40'000);
  made.broadcasts.push_back(broadcast);
  made.limits.asked = made.limits.possible = 40'000;
  made.limits.limits.push_back(
      {"open files", doctor::effect::stops, "20,000", "40,032", 19'968, false, "ulimit -n <more>"});
  return made;
}

TEST(pages, a_swarm_has_its_whole_report) {
  const auto text = to_html(all_is_well());
  for (const auto* part :
       {"40,000 WebSockets", "All opened in 2s", "with none lost", "a broadcast reached everybody within 25ms",
        "The ramp", "It is flat", "Memory", "Handshakes", "Messages", "What stands in the way", "Beside 2020",
        "A &quot;Processor&quot;", "ulimit -n &lt;more&gt;", "the swarm, user", "40,000 connections: 320.4 MiB"}) {
    EXPECT_TRUE(has(text, part)) << part;
  }
  EXPECT_FALSE(has(text, "the server, user")) << "nobody knew it";
  EXPECT_FALSE(has(text, "What went wrong"));
  EXPECT_FALSE(has(text, "class=\"lead ill\""));
}

TEST(pages, what_strangers_say_can_not_break_out) {
  auto made = all_is_well();
  made.opening.failed["status 503"] = {7, "<script>alert(1)</script>"};
  const auto text = to_html(made);
  EXPECT_TRUE(has(text, "room?a=1&amp;b=&lt;2&gt;"));
  EXPECT_TRUE(has(text, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_FALSE(has(text, "<script"));
}

TEST(pages, what_went_wrong_is_told_first) {
  auto made = all_is_well();
  made.asked = 50'000;
  made.opening.failed["refused"] = {10, "nobody listens there"};
  made.closing.lost = {{"1006", 3}, {"process", 2}};
  made.broadcasts[0].heard.delivered = 39'995;
  const auto text = to_html(made);
  EXPECT_TRUE(has(text, "class=\"lead ill\""));
  EXPECT_TRUE(has(text, "held for 0s with 5 lost; not every broadcast reached everybody"));
  EXPECT_TRUE(has(text, "<td>Failed: refused</td><td>10</td>"));
  EXPECT_TRUE(has(text, "<td>Not tried</td><td>9,990</td>"));
  EXPECT_TRUE(has(text, "close code 1006"));
  EXPECT_LT(text.find("What went wrong"), text.find("The ramp"));
}

TEST(pages, a_swarm_to_which_nothing_opened_has_a_page_too) {
  report none;
  none.asked = 10;
  none.opening.failed["refused"] = {10, "nobody listens there"};
  const auto text = to_html(none);
  EXPECT_TRUE(has(text, "Not one connection came about."));
  EXPECT_TRUE(has(text, "nobody listens there"));
  for (const auto* part : {"The ramp", "Memory", "Handshakes", "Messages", "Beside 2020", "nan", "inf"}) {
    EXPECT_FALSE(has(text, part)) << part;
  }
}

TEST(pages, a_small_swarm_has_no_charts_of_what_it_was_too_quick_for) {
  auto made = all_is_well();
  made.asked = made.opening.opened = 10;
  made.per_10000 = {500};
  made.memory.resize(2);
  const auto text = to_html(made);
  EXPECT_FALSE(has(text, "each 10,000 alone"));
  EXPECT_TRUE(has(text, "too quickly to watch memory grow"));
  EXPECT_FALSE(has(text, "nan"));
}

TEST(pages, a_ramp_that_falls_is_not_called_flat) {
  auto made = all_is_well();
  made.per_10000 = {20'000, 18'000, 15'000, 12'000};
  const auto text = section_of_ramp(made).text();
  EXPECT_TRUE(has(text, "It slows down"));
  EXPECT_FALSE(has(text, "It is flat"));
}

TEST(pages, the_server_is_in_the_memory_where_it_is_known) {
  auto made = all_is_well();
  for (auto& each : made.memory) each.server = each.connections * 300;
  EXPECT_TRUE(has(section_of_memory(made, {}).text(), "the server, user: 11.4 MiB"));
}

}  // namespace
}  // namespace peregrine::swarm
