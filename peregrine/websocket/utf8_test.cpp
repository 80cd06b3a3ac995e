#include "peregrine/websocket/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace peregrine::websocket {
namespace {

using namespace std::string_literals;

static_assert(sizeof(utf8_validator) == 1);

// Where each text breaks: the index of the first byte that nothing can make valid, `valid`, or `unfinished` at its end.
constexpr std::size_t valid = 1000;
constexpr std::size_t unfinished = 1001;

struct sample {
  std::string text;
  std::size_t breaks;
};

// After Markus Kuhn's "UTF-8 decoder capability and stress test", section by section.
const sample samples[] = {
    {"", valid},
    {"plain", valid},
    {"κόσμε", valid},
    // 2: the shortest and longest of each length
    {"\x00"s, valid},
    {"\xc2\x80", valid},
    {"\xe0\xa0\x80", valid},
    {"\xf0\x90\x80\x80", valid},
    {"\xf8\x88\x80\x80\x80", 0},
    {"\xfc\x84\x80\x80\x80\x80", 0},
    {"\x7f", valid},
    {"\xdf\xbf", valid},
    {"\xef\xbf\xbf", valid},
    {"\xf7\xbf\xbf\xbf", 0},
    {"\xed\x9f\xbf", valid},
    {"\xee\x80\x80", valid},
    {"\xef\xbf\xbd", valid},
    {"\xf4\x8f\xbf\xbf", valid},
    {"\xf4\x90\x80\x80", 1},
    // 3: malformed sequences
    {"\x80", 0},
    {"\xbf", 0},
    {"\x80\xbf\x80\xbf", 0},
    {"\xc2\x20", 1},
    {"\xe1\x20", 1},
    {"\xe1\x80\x20", 2},
    {"\xf1\x80\x80\x20", 3},
    {"\xc2", unfinished},
    {"\xe0", unfinished},
    {"\xe0\xa0", unfinished},
    {"\xf0\x90\x80", unfinished},
    {"\xf4\x8f", unfinished},
    {"\xdf\xc2", 1},
    {"\xfe", 0},
    {"\xff", 0},
    // 4: overlong forms
    {"\xc0\xaf", 0},
    {"\xc1\xbf", 0},
    {"\xe0\x80\xaf", 1},
    {"\xe0\x9f\xbf", 1},
    {"\xf0\x80\x80\xaf", 1},
    {"\xf0\x8f\xbf\xbf", 1},
    // 5: surrogates
    {"\xed\xa0\x80", 1},
    {"\xed\xbf\xbf", 1},
    {"\xed\xaf\xbf\xed\xb0\x80", 1},
    // as Autobahn sends it
    {"Hello-µ@ßöäüàá-UTF-8!!\xed\xa0\x80"s, 30},
};

// The index of the byte at which a validator that is fed one byte at a time gives up.
std::size_t breaks_at(std::string_view text) {
  utf8_validator validator;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!validator.feed(as_bytes(text.substr(i, 1)))) return i;
  }
  return validator.is_complete() ? valid : unfinished;
}

TEST(utf8, gives_up_at_the_first_byte_that_nothing_can_make_valid) {
  for (const auto& each : samples) {
    EXPECT_EQ(breaks_at(each.text), each.breaks) << testing::PrintToString(each.text);
    // And wherever it stands: with ASCII before it, and beyond what is checked without simdjson.
    for (const std::size_t before : {1u, 7u, 31u, 63u, 64u, 129u, 300u}) {
      const auto text = std::string(before, 'x') + each.text;
      const auto expected = each.breaks >= valid ? each.breaks : each.breaks + before;
      EXPECT_EQ(breaks_at(text), expected) << before << testing::PrintToString(each.text);
    }
  }
}

TEST(utf8, wherever_text_is_cut_the_piece_with_the_bad_byte_is_refused) {
  for (const auto& each : samples) {
    for (const std::size_t padding : {0u, 5u, 150u}) {
      const auto text = std::string(padding, 'x') + each.text;
      const auto breaks = each.breaks >= valid ? each.breaks : each.breaks + padding;
      for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        utf8_validator validator;
        const bool first = validator.feed(as_bytes(std::string_view(text).substr(0, cut)));
        EXPECT_EQ(first, breaks >= cut) << testing::PrintToString(text) << cut;
        if (!first) continue;
        const bool second = validator.feed(as_bytes(std::string_view(text).substr(cut)));
        EXPECT_EQ(second, breaks >= valid) << testing::PrintToString(text) << cut;
        EXPECT_EQ(second && validator.is_complete(), breaks == valid);
      }
    }
  }
}

TEST(utf8, whole_texts) {
  for (const auto& each : samples) {
    EXPECT_EQ(is_utf8(as_bytes(each.text)), each.breaks == valid) << testing::PrintToString(each.text);
    const auto longer = std::string(200, 'x') + each.text;
    EXPECT_EQ(is_utf8(as_bytes(longer)), each.breaks == valid) << testing::PrintToString(each.text);
  }
}

TEST(utf8, exactly_the_code_points_of_unicode) {
  const auto encoded = [](unsigned point) {
    std::string text;
    const auto put = [&text](unsigned byte) { text.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xc0 | point >> 6), put(0x80 | (point & 63));
    } else if (point < 0x10000) {
      put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 63)), put(0x80 | (point & 63));
    } else {
      put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 63)), put(0x80 | (point >> 6 & 63)), put(0x80 | (point & 63));
    }
    return text;
  };
  for (unsigned point = 0; point < 0x120000; ++point) {
    const bool is_scalar = point < 0x110000 && !(point >= 0xd800 && point < 0xe000);
    ASSERT_EQ(breaks_at(encoded(point)) == valid, is_scalar) << point;
  }
}

}  // namespace
}  // namespace peregrine::websocket
