#include "peregrine/base/slab.hpp"

#include "peregrine/base/list.hpp"
#include "peregrine/base/shared_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace peregrine {
namespace {

TEST(slab, counts_what_is_alive) {
  slab things("thing", 40);
  void* a = things.allocate();
  void* b = things.allocate();
  EXPECT_NE(a, b);
  EXPECT_EQ(things.live(), 2u);
  things.deallocate(a);
  EXPECT_EQ(things.live(), 1u);
  EXPECT_EQ(things.allocate(), a);
  things.deallocate(a);
  things.deallocate(b);
  EXPECT_EQ(things.live(), 0u);
}

TEST(slab, finds_the_living_over_many_chunks) {
  slab things("thing", 104);
  std::set<void*> alive;
  for (int i = 0; i < 5000; ++i) alive.insert(things.allocate());
  EXPECT_EQ(alive.size(), 5000u);
  for (int i = 0; i < 1700; ++i) {
    things.deallocate(*alive.begin());
    alive.erase(alive.begin());
  }
  std::set<void*> found;
  things.for_each([&](void* object) { found.insert(object); });
  EXPECT_EQ(found, alive);
  things.for_each([&](void* object) { things.deallocate(object); });
  EXPECT_EQ(things.live(), 0u);
}

TEST(slab, takes_memory_as_it_is_needed) {
  slab things("thing", 104);
  void* first = things.allocate();
  EXPECT_LE(things.reserved(), 8192u);
  std::vector<void*> others;
  others.reserve(3000);
  for (int i = 0; i < 3000; ++i) others.push_back(things.allocate());
  EXPECT_GE(things.reserved(), 3001u * 104);
  EXPECT_LE(things.reserved(), 3001u * 104 + 5 * 200 + 4096) << "five chunks, whose first bytes mark the living";
  things.deallocate(first);
  for (void* each : others) things.deallocate(each);
}

TEST(slab, is_listed_while_it_lives) {
  const auto before = slab::all().size();
  {
    slab things("thing", 16);
    ASSERT_EQ(slab::all().size(), before + 1);
    EXPECT_EQ(slab::all().back()->name(), "thing");
  }
  EXPECT_EQ(slab::all().size(), before);
}

struct node : list_link {
  explicit node(int n) : number(n) {}
  int number;
};

TEST(list, keeps_order_and_lets_go_of_the_dead) {
  list<node> nodes;
  node one(1), three(3);
  {
    node two(2);
    nodes.push_back(one);
    nodes.push_back(two);
    nodes.push_back(three);
  }
  EXPECT_EQ(nodes.pop_front()->number, 1);
  EXPECT_EQ(nodes.pop_front()->number, 3);
  EXPECT_EQ(nodes.pop_front(), nullptr);
}

TEST(list, splices) {
  list<node> first, second;
  node one(1), two(2), three(3);
  first.push_back(one);
  second.push_back(two);
  second.push_back(three);
  first.splice_back(second);
  EXPECT_TRUE(second.empty());
  two.unlink();
  EXPECT_EQ(first.pop_front()->number, 1);
  EXPECT_EQ(first.pop_front()->number, 3);
  EXPECT_TRUE(first.empty());
}

TEST(shared_buffer, is_shared_and_not_copied) {
  auto one = shared_buffer::copy_of(as_bytes("hello"));
  const shared_buffer two = one;
  EXPECT_EQ(one.view().data(), two.view().data());
  one = {};
  EXPECT_EQ(as_text(two.view()), "hello");
}

TEST(shared_buffer, grows_piece_by_piece_and_gives_back_what_it_does_not_need) {
  const auto before = shared_buffers.bytes();
  auto grown = shared_buffer::with_room_for(16);
  EXPECT_EQ(grown.size(), 0U);
  std::string said;
  for (int i = 0; i < 10'000; ++i) {
    const auto next = std::to_string(i);
    std::ranges::copy(as_bytes(next), grown.extend(next.size()).begin());
    said += next;
  }
  EXPECT_EQ(as_text(grown.view()), said);
  grown.fit();
  EXPECT_EQ(as_text(grown.view()), said);
  EXPECT_LE(shared_buffers.bytes() - before, said.size() + said.size() / 8 + 32);
  grown = {};
  EXPECT_EQ(shared_buffers.bytes(), before);
}

}  // namespace
}  // namespace peregrine
