#include "peregrine/http2/frame_cutter.hpp"

#include "peregrine/http2/frames_test.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

namespace peregrine::http2 {
namespace {

using by_hand::frame;
using by_hand::number;
using by_hand::words;

constexpr std::string_view preface = by_hand::preface;

// Takes what may be taken of odd streams, and stops at the first frame of stream 66.
class odd_ones final : public frame_cutter::judge {
 public:
  frame_cutter::verdict on_head(const frame_head& head, bool may_be_taken) override {
    ++heads;
    if (head.stream == 66) return frame_cutter::verdict::stop;
    return may_be_taken && head.stream % 2 == 1 ? frame_cutter::verdict::take : frame_cutter::verdict::pass;
  }
  int heads = 0;
};

// What became of the input, given in pieces of that size; neighbours of one kind are joined, so that the size makes no
// difference.
struct outcome {
  std::string passed;
  words taken;
  int heads = 0;
};

outcome cut(const std::string& input, std::size_t size, side ours = side::client) {
  frame_cutter cutter(ours);
  odd_ones by;
  outcome all;
  std::string data;
  std::uint32_t flow = 0;
  for (std::size_t at = 0; at < input.size(); at += size) {
    std::string part = input.substr(at, size);
    mutable_bytes rest = std::as_writable_bytes(std::span(part));
    for (auto next = cutter.next(rest, by); next.what != frame_cutter::kind::need_more; next = cutter.next(rest, by)) {
      switch (next.what) {
        case frame_cutter::kind::pass:
          all.passed += as_text(next.content);
          break;
        case frame_cutter::kind::data:
          data += as_text(next.content);
          flow += next.value;
          if (!next.is_last) break;
          all.taken.push_back(std::to_string(next.stream) + " " + data + " " + std::to_string(flow) +
                              (next.ends_stream ? " end" : ""));
          data.clear();
          flow = 0;
          break;
        case frame_cutter::kind::window_update:
          all.taken.push_back(std::to_string(next.stream) + " + " + std::to_string(next.value));
          break;
        case frame_cutter::kind::bad_padding:
          all.taken.push_back("bad padding");
          break;
        case frame_cutter::kind::need_more:
          break;
      }
    }
    EXPECT_TRUE(rest.empty());
  }
  all.heads = by.heads;
  return all;
}

void expect(const std::string& input, const std::string& passed, const words& taken, int heads,
            side ours = side::client) {
  for (std::size_t size = 1; size <= input.size(); ++size) {
    const auto all = cut(input, size, ours);
    ASSERT_EQ(all.passed, passed) << "in pieces of " << size;
    ASSERT_EQ(all.taken, taken) << "in pieces of " << size;
    ASSERT_EQ(all.heads, heads) << "in pieces of " << size;
  }
}

TEST(frame_cutter, takes_aside_what_the_judge_takes_and_passes_the_rest_on_in_order) {
  const auto settings = frame(4, 0, 0, "abcdef");
  const auto ping = frame(6, 0, 0, "12345678");
  const auto other = frame(0, 0, 2, "for two");
  expect(settings + frame(0, 0, 1, "hello") + ping + other + frame(8, 0, 3, number(7, 4)) + frame(0, 1, 3, "bye"),
         settings + ping + other, {"1 hello 5", "3 + 7", "3 bye 3 end"}, 6);
}

TEST(frame_cutter, lets_a_clients_preface_pass) {
  const auto settings = frame(4, 0, 0, "");
  expect(std::string(preface) + settings + frame(0, 0, 1, "x"), std::string(preface) + settings, {"1 x 1"}, 2,
         side::server);
}

TEST(frame_cutter, keeps_an_acknowledgement_to_itself) {
  const auto settings = frame(4, 0, 1, "");
  expect(settings + frame(4, 1, 1, "x"), settings + frame(4, 1, 1, "x"), {}, 2);
}

TEST(frame_cutter, tells_data_without_content) {
  expect(frame(0, 0, 1, "") + frame(0, 1, 1, ""), "", {"1  0", "1  0 end"}, 2);
}

TEST(frame_cutter, takes_padding_off_and_counts_it) {
  const std::string three(3, '\0');
  expect(frame(0, 8, 1, number(3, 1) + "data" + three) + frame(0, 9, 1, number(3, 1) + three), "",
         {"1 data 8", "1  4 end"}, 2);
  expect(frame(0, 8, 1, number(4, 1) + three), "", {"bad padding"}, 1);
}

TEST(frame_cutter, a_frame_among_header_fields_is_the_engines_to_refuse) {
  const auto begun = frame(1, 0, 1, "block");
  const auto data = frame(0, 0, 1, "no");
  const auto rest = frame(9, 4, 1, "rest");
  expect(begun + data + rest + frame(0, 0, 1, "yes"), begun + data + rest, {"1 yes 3"}, 4);
}

TEST(frame_cutter, leaves_frames_of_wrong_sizes_to_the_engine) {
  const auto update = frame(8, 0, 1, "12345");
  const auto no_pad_length = frame(0, 8, 1, "");
  expect(update + no_pad_length, update + no_pad_length, {}, 2);
  const auto large = frame(0, 0, 1, std::string(16'385, 'x'));
  EXPECT_EQ(cut(large, 1000).passed, large);
}

TEST(frame_cutter, stops_when_the_judge_says_so) {
  expect(frame(6, 0, 0, "12345678") + frame(0, 0, 66, "x") + frame(0, 0, 1, "never"), frame(6, 0, 0, "12345678"), {},
         2);
}

TEST(frame_cutter, a_head_comes_back_as_it_was_written) {
  const frame_head head{0x1234, frame_type::data, frame_head::end_stream, 0x1234567};
  std::byte raw[frame_head::size];
  head.write(raw);
  const auto again = frame_head::parse(raw);
  EXPECT_EQ(again.length, head.length);
  EXPECT_EQ(again.type, head.type);
  EXPECT_EQ(again.flags, head.flags);
  EXPECT_EQ(again.stream, head.stream);
}

}  // namespace
}  // namespace peregrine::http2
