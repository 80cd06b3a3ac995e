#include "peregrine/server/worker_count.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace peregrine::server {
namespace {

machine with_files(std::uint64_t files) {
  machine made = machine::local();
  made.open_files = [files] { return open_file_limit{1024, files}; };
  return made;
}

TEST(the_number_of_workers, is_what_was_asked_for) {
  EXPECT_EQ(*worker_count("1", 0), 1U);
  EXPECT_EQ(*worker_count("8", 1'000'000), 8U);
}

TEST(the_number_of_workers, is_by_itself_what_the_capacity_needs_under_the_limit_of_open_files) {
  EXPECT_EQ(*worker_count("auto", 1'000, with_files(20'000)), 1U);
  EXPECT_EQ(*worker_count("auto", 50'000, with_files(20'000)), 3U);
  EXPECT_EQ(*worker_count("auto", 1'000'000, with_files(20'000)), 52U);
  // Two would do if their shares were even.
  EXPECT_EQ(*worker_count("auto", 39'900, with_files(20'000)), 3U);
}

TEST(the_number_of_workers, is_by_itself_the_number_of_processors) {
  EXPECT_GE(*worker_count("auto", 0), 1U);
}

TEST(the_number_of_workers, is_unasked_one_for_each_processor_at_least) {
  EXPECT_EQ(*worker_count("", 0), *worker_count("auto", 0));
  EXPECT_EQ(*worker_count("", 1'000, with_files(20'000)), *worker_count("auto", 0));
  EXPECT_EQ(*worker_count("", 1'000'000, with_files(20'000)), std::max<std::uint64_t>(52, *worker_count("auto", 0)));
}

TEST(the_number_of_workers, has_to_make_sense) {
  for (const auto* asked : {"0", "-1", "many", "1000"}) EXPECT_FALSE(worker_count(asked, 0)) << asked;
  EXPECT_EQ(worker_count("many", 0).error().message,
            "--workers 'many' is no number of processes; expected a number such as 4, or auto");
  EXPECT_FALSE(worker_count("auto", 100'000'000, with_files(20'000)));
  EXPECT_TRUE(
      worker_count("", 100'000'000, with_files(20'000)).error().message.starts_with("--capacity 100000000 makes"));
}

}  // namespace
}  // namespace peregrine::server
