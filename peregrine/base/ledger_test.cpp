#include "peregrine/base/ledger.hpp"

#include "peregrine/base/heap_account.hpp"
#include "peregrine/base/slab.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace peregrine {
namespace {

constinit heap_account books("books", owner::library);
[[maybe_unused]] constinit heap_account unused("unused", owner::library);

const ledger_line* find(const std::vector<ledger_line>& lines, std::string_view name) {
  const auto found = std::ranges::find(lines, name, &ledger_line::name);
  return found == lines.end() ? nullptr : &*found;
}

TEST(an_account, counts_blocks_and_what_can_be_used_of_them) {
  void* one = books.take(100);
  void* two = books.take_zeroed(10, 10);
  EXPECT_EQ(books.blocks(), 2U);
  EXPECT_EQ(books.bytes(), malloc_usable_size(one) + malloc_usable_size(two));
  std::memset(one, 7, 100);
  one = books.resize(one, 5'000);
  EXPECT_EQ(static_cast<unsigned char*>(one)[99], 7);
  EXPECT_EQ(books.blocks(), 2U);
  EXPECT_EQ(books.bytes(), malloc_usable_size(one) + malloc_usable_size(two));
  void* three = books.resize(nullptr, 10);
  EXPECT_EQ(books.blocks(), 3U);
  void* four = books.take_aligned(64, 100);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(four) % 64, 0U);
  books.release(nullptr);
  for (void* each : {one, two, three, four}) books.release(each);
  EXPECT_EQ(books.blocks(), 0U);
  EXPECT_EQ(books.bytes(), 0U);
}

#ifndef __SANITIZE_ADDRESS__  // whose heap is elsewhere
TEST(an_account, knows_what_is_in_a_map_of_its_own) {
  void* const large = books.take(std::size_t{64} * 1024 * 1024);
  EXPECT_EQ(books.mapped_bytes(), books.bytes());
  books.release(large);
  EXPECT_EQ(books.mapped_bytes(), 0U);
}

TEST(the_heap, is_memory_as_far_as_it_was_written_to) {
  constexpr std::size_t size = 1'000;
  std::vector<void*> blocks;
  const auto before = heap_now().resident();
  for (int i = 0; i < 10'000; ++i) std::memset(blocks.emplace_back(books.take(size)), 1, size);
  const auto after = heap_now().resident();
  EXPECT_NEAR(static_cast<double>(after - before), 10'000 * (size + 16), 600'000);
  EXPECT_GT(before, 0U);
  for (void* each : blocks) books.release(each);
}

TEST(the_heap, keeps_the_memory_of_a_burst_until_it_is_to_give_it_back) {
  constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
  constexpr std::size_t size = 1'000;
  const auto burst = [](std::size_t bytes) {
    std::vector<void*> blocks;
    while (blocks.size() * size < bytes) std::memset(blocks.emplace_back(books.take(size)), 1, size);
    for (void* each : blocks) books.release(each);
  };
  give_back_free_heap();
  const auto before = heap_now().end;
  burst(3 * mebibyte);
  EXPECT_LT(heap_now().end, before + mebibyte) << "nothing is kept unless it is asked for";
  keep_free_heap(4 * mebibyte);
  burst(3 * mebibyte);
  EXPECT_GT(heap_now().end, before + 2 * mebibyte);
  give_back_free_heap();
  EXPECT_LT(heap_now().end, before + mebibyte / 8);
  burst(3 * mebibyte);
  EXPECT_GT(heap_now().end, before + 2 * mebibyte) << "the next is kept again";
  burst(6 * mebibyte);
  EXPECT_LT(heap_now().end, before + 5 * mebibyte) << "it keeps no more than it was asked to";
  keep_free_heap(mebibyte / 8);
  give_back_free_heap();
}

TEST(the_heap, is_surveyed_by_and_by) {
  // Four stretches of 64 MiB that nobody writes to: held for memory until each was looked at. Blocks that are too small
  // to be mapped by themselves come from the heap.
  constexpr std::size_t size = 100'000;
  std::vector<void*> blocks;
  blocks.reserve(2'700);
  for (int i = 0; i < 2'700; ++i) blocks.push_back(books.take(size));
  const auto truth = heap_now().resident();
  ASSERT_LT(truth, heap_now().end - heap_now().begin) << "nobody wrote to it";
  heap_survey survey;
  EXPECT_GT(survey.resident(heap_now()), truth) << "not all was looked at";
  for (int i = 0; i < 4; ++i) survey.resident(heap_now());
  EXPECT_EQ(survey.resident(heap_now()), heap_now().resident());
  for (void* each : blocks) books.release(each);
}

TEST(the_ledger, has_the_whole_growth_of_the_process_in_its_lines) {
  static slab things("things of the ledger's test", 48);
  const auto sum = [] {
    std::int64_t all = 0;
    for (const auto& each : read_ledger(look::thorough)) all += each.bytes;
    return all;
  };
  std::vector<void*> taken(60'000);
  books.release(books.take(1));
  const auto before = sum();
  const auto memory_before = measure_memory().sum();
  for (std::size_t i = 0; i < taken.size(); ++i) {
    taken[i] = i % 2 == 0 ? things.allocate() : books.take(300);
    std::memset(taken[i], 1, 48);
  }
  const auto grown = static_cast<double>(measure_memory().sum() - memory_before);
  EXPECT_NEAR(static_cast<double>(sum() - before), grown, grown * 0.05);
  for (std::size_t i = 0; i < taken.size(); ++i) i % 2 == 0 ? things.deallocate(taken[i]) : books.release(taken[i]);
}
#endif

TEST(the_ledger, has_a_line_for_each_slab_and_each_account_that_was_used) {
  static slab leaves("leaves", 40);
  void* const leaf = leaves.allocate();
  void* const book = books.take(10);
  const auto lines = read_ledger(look::thorough);
  const auto* const line = find(lines, "leaves");
  ASSERT_NE(line, nullptr);
  EXPECT_EQ(line->whose, owner::peregrine);
  EXPECT_EQ(line->objects, 1U);
  EXPECT_EQ(line->bytes, 40);
  ASSERT_NE(find(lines, "books"), nullptr);
  EXPECT_EQ(find(lines, "books")->whose, owner::library);
  EXPECT_EQ(find(lines, "books")->objects, 1U);
  EXPECT_EQ(find(lines, "unused"), nullptr);
  ASSERT_NE(find(lines, "free places in slabs"), nullptr);
  EXPECT_GE(find(lines, "free places in slabs")->bytes, 4'000) << "the rest of a page that one leaf has taken";
  leaves.deallocate(leaf);
  books.release(book);
}

TEST(a_process, takes_memory) {
  const auto memory = measure_memory();
  EXPECT_GT(memory.anonymous, 50'000U);
  EXPECT_GT(memory.files, 0U);
  const auto counted = count_memory(memory);
  EXPECT_EQ(counted.files, memory.files);
  EXPECT_NEAR(static_cast<double>(counted.anonymous), static_cast<double>(memory.anonymous), 2e6);
  EXPECT_EQ(read_memory({}).files > 0, memory.anonymous < std::uint64_t{32} * 1024 * 1024)
      << "what is large is not looked through";
}

}  // namespace
}  // namespace peregrine
