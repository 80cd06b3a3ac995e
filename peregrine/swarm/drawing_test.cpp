#include "peregrine/swarm/drawing.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

report of_rates(std::vector<double> rates) {
  report made;
  made.opening.opened = rates.size() * 10'000;
  made.per_10000 = std::move(rates);
  return made;
}

TEST(drawing, the_ramp_stands_beside_that_of_2020) {
  const auto text = draw_ramp(of_rates({20'000, 20'000, 19'000, 10'000}));
  EXPECT_NE(text.find("██"), std::string::npos);
  EXPECT_NE(text.find("10,000/s to 20,000/s"), std::string::npos) << text;
  EXPECT_NE(text.find("slower in the end\n"), std::string::npos) << text;
  EXPECT_NE(text.find("in 2020"), std::string::npos);
  EXPECT_NE(draw_ramp(of_rates({20'000, 20'000, 19'900})).find("in the end, flat"), std::string::npos);
}

TEST(drawing, latencies_go_from_the_quickest_to_the_slowest) {
  histogram seen;
  seen.record(1'000, 1'000);
  seen.record(100'000);
  const auto text = draw_latency(seen);
  EXPECT_TRUE(text.starts_with("960µs █")) << text;
  EXPECT_TRUE(text.ends_with("▁ 0.1s")) << text;
  EXPECT_EQ(draw_latency({}), "");
  histogram one;
  one.record(0);
  EXPECT_NE(draw_latency(one).find("█"), std::string::npos);
}

TEST(drawing, memory_is_told_by_whose_it_is) {
  report made;
  EXPECT_EQ(draw_memory(made), "");
  for (std::uint64_t i = 0; i < 5; ++i) {
    made.memory.push_back({.connections = i * 100,
                           .time = i,
                           .client = i << 20,
                           .server = i << 21,
                           .kernel_objects = i << 19,
                           .kernel_buffers = i << 19});
  }
  EXPECT_EQ(draw_memory(made),
            "Memory as it grew:  ▂▄▆█ to 8 MiB of the server, 4 MiB of the swarm, 4 MiB of the kernel.");
}

}  // namespace
}  // namespace peregrine::swarm
