#include "peregrine/http2/tunnel_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace peregrine::http2 {
namespace {

TEST(tunnel_table, holds_what_a_map_would_hold) {
  std::mt19937 dice(7);
  tunnel_table table;
  std::map<stream_id, tunnel> expected;
  stream_id next = 1;
  for (int i = 0; i < 20'000; ++i) {
    // Up to a thousand, then down, and so on: streams come in order and go in any.
    const bool grows = i / 1000 % 2 == 0;
    if (grows ? dice() % 4 != 0 : dice() % 4 == 0) {
      auto& added = expected[next];
      added.id = next;
      table.insert(added);
      next += dice() % 8 == 0 ? 2 * static_cast<stream_id>(dice() % 500) + 2 : 2;
    } else if (!expected.empty()) {
      auto gone = expected.lower_bound(static_cast<stream_id>(dice() % static_cast<unsigned>(next)));
      if (gone == expected.end()) gone = expected.begin();
      table.erase(gone->first);
      expected.erase(gone);
    }
    ASSERT_EQ(table.size(), expected.size());
    const auto asked = static_cast<stream_id>(dice() % static_cast<unsigned>(next + 2));
    const auto found = expected.find(asked);
    ASSERT_EQ(table.find(asked), found == expected.end() ? nullptr : &found->second);
    table.erase(next + 2);  // which is not there
  }
  for (auto& [id, each] : expected) ASSERT_EQ(table.find(id), &each);
  EXPECT_EQ(table.all().size(), expected.size());
}

}  // namespace
}  // namespace peregrine::http2
