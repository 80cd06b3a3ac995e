#include "peregrine/worker/allocations.hpp"

#include "peregrine/base/heap_account.hpp"
#include "peregrine/base/slab.hpp"
#include "peregrine/runtime/manual_poller.hpp"
#include "peregrine/worker/ledger_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace peregrine::worker {
namespace {

void put(ledger_figures::line& to, std::string_view name, owner whose, std::uint64_t objects, std::uint64_t bytes,
         std::uint64_t objects_before, std::uint64_t bytes_before) {
  std::memcpy(to.name.data(), name.data(), name.size());
  to.size = name.size();
  to.whose = static_cast<std::uint64_t>(whose);
  to.objects = objects;
  to.bytes = bytes;
  to.objects_before = objects_before;
  to.bytes_before = bytes_before;
}

const allocation& find(const std::vector<allocation>& lines, std::string_view name) {
  return *std::ranges::find(lines, name, &allocation::name);
}

class two_workers : public testing::Test {
 protected:
  two_workers() {
    for (std::uint64_t i = 0; i < 2; ++i) {
      auto& place = all_.at(*all_.take_place(i));
      place.live = 100;
      place.opened = 200;
      place.delivered = 1'000;
      put(place.ledger.lines[0], "connection", owner::peregrine, 100, 10'400, 0, 0);
      put(place.ledger.lines[1], "OpenSSL", owner::library, 5'000 + i, 90'000, 4'000, 80'000);
      place.ledger.count = 2;
      place.ledger.memory = 1'020'900;
      place.ledger.memory_before = 1'000'000;
      place.ledger.cpu = 20'000'000;
      place.ledger.interval_opened = 10;
      place.ledger.interval_cpu = 500'000;
      place.ledger.lag[0] = 990;
      place.ledger.lag[3] = 10;
      place.ledger.longest_turn = 900'000 + i;
    }
    put(all_.past().ledger.lines[0], "TCP sockets", owner::kernel, 50, 100'000, 0, 0);
    all_.past().ledger.count = 1;
    kernel_.lines = {{"TCP sockets", owner::kernel, 250, 500'000, nullptr},
                     {"unknown before", owner::kernel, 1, 1'000'000, nullptr}};
  }

  board all_{2};
  kernel_memory kernel_;
};

TEST_F(two_workers, are_told_line_by_line_together) {
  const auto told = read_allocations(all_, kernel_);
  ASSERT_EQ(told.workers.size(), 2U);
  EXPECT_EQ(told.all.live, 200U);
  ASSERT_EQ(told.all.lines.size(), 2U);
  EXPECT_EQ(told.all.lines.front().name, "OpenSSL") << "the largest is first";
  EXPECT_EQ(told.all.lines.front().objects, 10'001U);
  EXPECT_EQ(told.all.lines.front().objects_added, 2'001);
  EXPECT_EQ(told.all.lines.front().bytes_added, 20'000);
  EXPECT_EQ(told.all.bytes_added(), 2 * (10'400 + 10'000));
  EXPECT_EQ(told.all.objects_added(), 2'001 + 200);
  EXPECT_EQ(told.all.memory_added, 41'800);
  EXPECT_NEAR(told.all.unaccounted(), 1'000.0 / 41'800, 1e-9);
  EXPECT_EQ(told.all.longest_turn, 900'001U);
}

TEST_F(two_workers, have_the_kernel_beside_them_as_far_as_it_grew) {
  const auto told = read_allocations(all_, kernel_);
  EXPECT_EQ(find(told.kernel, "TCP sockets").objects_added, 200);
  EXPECT_EQ(find(told.kernel, "TCP sockets").bytes_added, 400'000);
  EXPECT_EQ(find(told.kernel, "unknown before").bytes_added, 0);
}

TEST_F(two_workers, are_a_page) {
  const auto page = describe(read_allocations(all_, kernel_));
  const auto has = [&page](std::string_view text) { return page.find(text) != std::string::npos; };
  EXPECT_TRUE(page.starts_with("OpenSSL: 10,001 allocations, ")) << page;
  EXPECT_TRUE(has("\nconnection: 200 allocations, ")) << page;
  EXPECT_TRUE(has("; 1.00 and 104.0 bytes per connection\n")) << page;
  EXPECT_TRUE(has("\n** 11.01 objects and 204.0 bytes per connection, for 200 connections.\n")) << page;
  EXPECT_TRUE(has(": 2.4 % is not accounted for.\n")) << page;
  EXPECT_TRUE(has("\nTCP sockets: 200 objects, ")) << page;
  EXPECT_FALSE(has("unknown before")) << page;
  EXPECT_TRUE(has("for each of 400 connections accepted 100.0µs, for each of 2,000 messages delivered 20.0µs")) << page;
  EXPECT_TRUE(has("for each of 20 connections accepted 50.0µs, for each of 0 messages delivered none")) << page;
  EXPECT_TRUE(has("99 % within 100µs, 99.99 % within 1ms; the longest took 900µs")) << page;
  EXPECT_TRUE(has("\nworker 1: process ")) << page;
}

TEST_F(two_workers, are_json) {
  const auto json = to_json(read_allocations(all_, kernel_));
  EXPECT_EQ(json["live"], 200);
  EXPECT_EQ(json["lines"][1]["name"], "connection");
  EXPECT_EQ(json["lines"][1]["owner"], "peregrine");
  EXPECT_EQ(json["lines"][1]["bytes_added"], 20'800);
  EXPECT_EQ(json["memory_bytes_added"], 41'800);
  EXPECT_EQ(json["kernel"][0]["owner"], "kernel");
  EXPECT_EQ(json["workers"][1]["number"], 1);
  EXPECT_EQ(json["workers"][1]["lines"].size(), 2U);
  EXPECT_EQ(json["lag_seconds"]["counts"][3], 20);
}

TEST_F(two_workers, keep_the_time_that_they_took_when_they_are_gone) {
  const auto before = read_allocations(all_, kernel_).all;
  all_.at(1).ledger.cpu_system = 7'000'000;
  all_.at(1).ledger.lag_sum = 500;
  all_.clear_place(1);
  const auto told = read_allocations(all_, kernel_);
  EXPECT_EQ(told.workers.size(), 1U);
  EXPECT_EQ(told.all.live, 100U);
  EXPECT_EQ(told.all.opened, before.opened);
  EXPECT_EQ(told.all.delivered, before.delivered);
  EXPECT_EQ(told.all.cpu, before.cpu);
  EXPECT_EQ(told.all.cpu_system, 7'000'000U);
  EXPECT_EQ(told.all.lag.counts, before.lag.counts);
  EXPECT_EQ(told.all.lag.sum, 500U);
  EXPECT_EQ(told.all.longest_turn, before.longest_turn);
  EXPECT_EQ(find(told.kernel, "TCP sockets").objects_added, 200) << "these lines stand where the past's are";
}

TEST(a_server_without_anybody, has_lines_and_nothing_for_each_connection) {
  board all(1);
  auto& place = all.at(*all.take_place(0));
  put(place.ledger.lines[0], "connection", owner::peregrine, 2, 208, 0, 0);
  place.ledger.count = 1;
  const auto page = describe(read_allocations(all, {}));
  EXPECT_TRUE(page.starts_with("connection: 2 allocations, 208 B\n")) << page;
  EXPECT_NE(page.find(": 0.0 % is not accounted for"), std::string::npos) << page;
}

constinit heap_account letters("letters", owner::library);

TEST(a_book, writes_what_there_is_and_what_there_was) {
  static slab stamps("stamps", 32);
  manual_reactor loop;
  board all(1);
  auto& place = all.at(*all.take_place(0));
  void* const old = stamps.allocate();
  ledger_book book(place);
  void* const stamp = stamps.allocate();
  void* const letter = letters.take(100);
  book.write();
  auto told = read_allocations(all, {}).all;
  EXPECT_EQ(find(told.lines, "stamps").objects, 2U);
  EXPECT_EQ(find(told.lines, "stamps").objects_added, 1);
  EXPECT_EQ(find(told.lines, "letters").objects_added, 1);
  EXPECT_EQ(find(told.lines, "letters").whose, owner::library);
  EXPECT_GT(told.memory, 0U);
  EXPECT_GT(told.cpu, 0U);

  place.opened = 7;
  place.delivered = 9;
  book.begin_interval();
  book.begin_interval();
  place.opened = 10;
  book.begin_interval();
  told = read_allocations(all, {}).all;
  EXPECT_EQ(told.interval_opened, 3U);
  EXPECT_EQ(told.interval_delivered, 0U);
  stamps.deallocate(old);
  stamps.deallocate(stamp);
  letters.release(letter);
}

TEST(the_kernel, is_on_the_board_as_it_was_before) {
  board all(1);
  write_kernel(all.past());
  const auto now = measure_kernel();
  const auto told = read_allocations(all, now);
  ASSERT_EQ(told.kernel.size(), now.lines.size());
  EXPECT_GT(all.past().ledger.count.load(), 2U);
}

}  // namespace
}  // namespace peregrine::worker
