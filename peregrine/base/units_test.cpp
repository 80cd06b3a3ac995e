#include "peregrine/base/units.hpp"

#include <gtest/gtest.h>

namespace peregrine {
namespace {

using namespace std::chrono_literals;

TEST(units_duration, is_read) {
  const std::pair<std::string_view, std::chrono::nanoseconds> table[] = {
      {"30s", 30s}, {"250ms", 250ms}, {"1m30s", 90s},           {"1h", 1h},     {"1.5s", 1500ms},
      {"0", 0s},    {"0s", 0s},       {"1h2m3s4ms", 3723004ms}, {"10us", 10us}, {"10µs", 10us},
      {"7ns", 7ns}, {"1_000ms", 1s},  {"0.1s", 100ms},          {"2 s", 2s},
  };
  for (const auto& [text, expected] : table) {
    const auto got = parse_duration(text);
    ASSERT_TRUE(got) << text << ": " << got.error().message;
    EXPECT_EQ(*got, expected) << text;
  }
}

TEST(units_duration, is_refused) {
  for (const auto* text :
       {"", "s", "30", "-1s", "1x", "1m30", "1..5s", "1e3s", "300000h 1", "9999999999h", "1_s", "s30"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_duration("30").error().message,
            "\"30\" is no duration; expected a number with ns, us, ms, s, m or h, such as 30s, 250ms or 1m30s");
  EXPECT_TRUE(parse_duration("").error().message.starts_with("an empty value is no duration"));
}

TEST(units_size, is_read) {
  const std::pair<std::string_view, std::uint64_t> table[] = {
      {"64KiB", 65536}, {"1MiB", 1048576}, {"65536", 65536},  {"1.5MiB", 1572864},   {"10MB", 10'000'000},
      {"1kB", 1000},    {"64K", 65536},    {"16 KiB", 16384}, {"1TiB", 1ULL << 40U}, {"0", 0},
  };
  for (const auto& [text, expected] : table) {
    const auto got = parse_size(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(*got, expected) << text;
  }
}

TEST(units_size, is_refused) {
  for (const auto* text : {"", "-1", "1XiB", "0.3", "KiB", "1 2", "99999999999999TiB", "0x10"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(units_count, is_read) {
  const std::pair<std::string_view, std::uint64_t> table[] = {
      {"1000000", 1'000'000}, {"1_000_000", 1'000'000}, {"1M", 1'000'000}, {"10k", 10'000}, {"1.5k", 1500}, {"0", 0},
  };
  for (const auto& [text, expected] : table) {
    const auto got = parse_count(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(*got, expected) << text;
  }
}

TEST(units_count, is_refused) {
  for (const auto* text : {"", "many", "-3", "1.5", "1__0", "_1", "1_", "1,000", "3x"})
    EXPECT_FALSE(parse_count(text)) << text;
}

TEST(units_rate, is_read) {
  const std::pair<std::string_view, double> table[] = {
      {"5000/s", 5000}, {"10k/s", 10'000}, {"90/m", 1.5}, {"3600/h", 1}, {"5000", 5000}, {"0.5/s", 0.5},
  };
  for (const auto& [text, expected] : table) {
    const auto got = parse_rate(text);
    ASSERT_TRUE(got) << text;
    EXPECT_DOUBLE_EQ(*got, expected) << text;
  }
}

TEST(units_rate, is_refused) {
  for (const auto* text : {"", "/s", "5/x", "0/s", "-5/s", "5/", "five/s"}) EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(units_print, durations) {
  EXPECT_EQ(print_duration(0s), "0s");
  EXPECT_EQ(print_duration(250us), "250µs");
  EXPECT_EQ(print_duration(1500ns), "1.5µs");
  EXPECT_EQ(print_duration(3210us), "3.2ms");
  EXPECT_EQ(print_duration(45ms), "45ms");
  EXPECT_EQ(print_duration(150ms), "0.15s");
  EXPECT_EQ(print_duration(17700ms), "17.7s");
  EXPECT_EQ(print_duration(26900ms), "26.9s");
  EXPECT_EQ(print_duration(59'999ms), "1m0s");
  EXPECT_EQ(print_duration(64s), "1m4s");
  EXPECT_EQ(print_duration(2h + 5min + 9s), "2h5m");
  EXPECT_EQ(print_duration(-1s), "-1s");
}

TEST(units_print, sizes) {
  EXPECT_EQ(print_size(0), "0 B");
  EXPECT_EQ(print_size(1023), "1023 B");
  EXPECT_EQ(print_size(1572864), "1.5 MiB");
  EXPECT_EQ(print_size(65536), "64 KiB");
  EXPECT_EQ(print_size((1U << 20U) - 1), "1 MiB");
  EXPECT_EQ(print_size(~0ULL), "16 EiB");
}

TEST(units_print, counts_and_rates) {
  EXPECT_EQ(print_count(0), "0");
  EXPECT_EQ(print_count(999), "999");
  EXPECT_EQ(print_count(28012), "28,012");
  EXPECT_EQ(print_count(1'000'000), "1,000,000");
  EXPECT_EQ(print_rate(28012.42), "28,012.4/s");
  EXPECT_EQ(print_rate(2), "2/s");
  EXPECT_EQ(print_rate(99'999.99), "100,000/s");
  EXPECT_EQ(print_rate(1.0 / 0.0), "?/s");
}

TEST(units_spell, is_read_back_to_the_same_value) {
  for (const auto value :
       std::initializer_list<std::chrono::nanoseconds>{0ns, 7ns, 1500us, 250ms, 30s, 90s, 3'723'004'005'006ns}) {
    const auto again = parse_duration(spell_duration(value));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, value) << spell_duration(value);
  }
  for (const std::uint64_t value : {0ULL, 1ULL, 65536ULL, 1'000'000ULL, 1ULL << 20U, 3ULL << 40U, (1ULL << 50U) + 1}) {
    const auto again = parse_size(spell_size(value));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, value) << spell_size(value);
  }
  EXPECT_EQ(spell_duration(90s), "1m30s");
  EXPECT_EQ(spell_size(65536), "64KiB");
  EXPECT_EQ(spell_size(1000), "1000");
}

}  // namespace
}  // namespace peregrine
