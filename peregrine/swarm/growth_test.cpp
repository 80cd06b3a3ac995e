#include "peregrine/swarm/growth.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

TEST(growth, samples_tell_what_was_added) {
  std::uint64_t server = 5'000;
  kernel_memory kernel{.objects = 70'000, .buffers = 400, .counts_live_alone = true};
  growth seen([&] { return std::optional(server); }, [&] { return kernel; });
  seen.begin(100, second);
  server = 5'900;
  kernel.objects = 71'000;
  kernel.buffers = 100;
  seen.end(100, 333, 3 * second);
  ASSERT_EQ(seen.samples().size(), 2U);
  EXPECT_EQ(seen.samples()[0].connections, 0U);
  EXPECT_EQ(seen.samples()[0].server, 0U);
  const auto& last = seen.samples()[1];
  EXPECT_EQ(last.connections, 100U);
  EXPECT_EQ(last.time, 2 * second);
  EXPECT_EQ(last.client, 333U);
  EXPECT_EQ(last.server, 900U);
  EXPECT_EQ(last.kernel_objects, 1'000U);
  EXPECT_EQ(last.kernel_buffers, 0U) << "less than before is not less than none";
}

TEST(growth, there_are_never_too_many) {
  std::uint64_t looks = 0;
  growth seen({}, [&] { return ++looks, kernel_memory{}; });
  seen.begin(1'000'000, 0);
  for (std::uint64_t i = 1; i <= 1'000'000; i += 10) seen.go_on(i, i, i * growth::interval);
  seen.end(1'000'000, 0, 1'000'001 * growth::interval);
  EXPECT_GE(seen.samples().size(), growth::most / 2);
  EXPECT_LE(seen.samples().size(), growth::most + 2);
  EXPECT_EQ(looks, seen.samples().size());
}

TEST(growth, a_quick_swarm_is_not_held_up) {
  std::uint64_t looks = 0;
  growth seen({}, [&] { return ++looks, kernel_memory{}; });
  seen.begin(1'000, 0);
  for (std::uint64_t i = 1; i <= 1'000; ++i) seen.go_on(i, i, i * 1'000);
  EXPECT_EQ(looks, 1U);
}

TEST(growth, a_server_that_nobody_knows_is_not_told) {
  growth seen({}, [] { return kernel_memory{}; });
  seen.begin(10, 0);
  seen.end(10, 1, second);
  EXPECT_FALSE(seen.samples()[0].server);
  EXPECT_FALSE(seen.samples()[1].server);
}

TEST(growth, a_server_that_is_gone_has_no_memory_to_tell) {
  bool is_gone = false;
  growth seen([&] { return is_gone ? std::nullopt : std::optional<std::uint64_t>(7); }, [] { return kernel_memory{}; });
  seen.begin(10, 0);
  is_gone = true;
  seen.end(10, 1, second);
  EXPECT_FALSE(seen.samples()[1].server);
}

TEST(growth, the_last_stands_for_itself) {
  growth seen({}, [] { return kernel_memory{}; });
  seen.begin(10, 0);
  seen.go_on(10, 500, second);
  seen.end(10, 400, 2 * second);
  ASSERT_EQ(seen.samples().size(), 2U);
  EXPECT_EQ(seen.samples()[1].client, 400U);
  growth none({}, [] { return kernel_memory{}; });
  none.begin(10, 0);
  none.end(0, 0, second);
  EXPECT_EQ(none.samples().size(), 1U);
}

}  // namespace
}  // namespace peregrine::swarm
