#include "peregrine/websocket/deflate.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace peregrine::websocket {
namespace {

using buffer = std::vector<std::byte>;

buffer of(std::initializer_list<unsigned> values) {
  buffer result;
  for (const auto each : values) result.push_back(static_cast<std::byte>(each));
  return result;
}

buffer copy(bytes data) {
  return {data.begin(), data.end()};
}

std::string text(const inflated& outcome) {
  if (outcome.broken) return "violation " + std::to_string(static_cast<int>(outcome.broken->code));
  return std::string(as_text(outcome.payload));
}

std::string sentence(int number) {
  return "The peregrine falcon is a cosmopolitan bird of prey, said member " + std::to_string(number);
}

constexpr std::size_t limit = std::size_t{64} * 1024;

TEST(deflate, examples_of_the_rfc) {
  // RFC 7692 §7.2.3.1 to §7.2.3.6
  inflater fresh(context_takeover::no);
  EXPECT_EQ(text(fresh.inflate(of({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}), limit)), "Hello");
  inflater sharing(context_takeover::yes);
  EXPECT_EQ(text(sharing.inflate(of({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}), limit)), "Hello");
  EXPECT_EQ(text(sharing.inflate(of({0xf2, 0x00, 0x11, 0x00, 0x00}), limit)), "Hello");
  EXPECT_EQ(text(fresh.inflate(of({0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00}), limit)),
            "Hello");
  EXPECT_EQ(text(fresh.inflate(of({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}), limit)), "Hello");
  EXPECT_EQ(
      text(fresh.inflate(of({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00}), limit)),
      "Hello");
  EXPECT_EQ(text(fresh.inflate(of({0x00}), limit)), "");

  deflater deflate(context_takeover::yes);
  EXPECT_EQ(copy(deflate.compress(as_bytes("Hello"))), of({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}));
  EXPECT_EQ(copy(deflate.compress(as_bytes("Hello"))), of({0xf2, 0x00, 0x11, 0x00, 0x00}));
  EXPECT_EQ(copy(deflate.compress({})), of({0x00}));
}

TEST(deflate, a_final_block_keeps_the_window_of_later_messages) {
  inflater sharing(context_takeover::yes);
  EXPECT_EQ(text(sharing.inflate(of({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}), limit)), "Hello");
  EXPECT_EQ(text(sharing.inflate(of({0xf2, 0x00, 0x11, 0x00, 0x00}), limit)), "Hello");
}

TEST(deflate, both_ways_for_every_window_with_and_without_context) {
  for (const auto takeover : {context_takeover::no, context_takeover::yes}) {
    for (std::uint8_t bits = 8; bits <= 15; ++bits) {
      deflater deflate(takeover, bits);
      inflater inflate(takeover, bits);
      for (int i = 0; i < 50; ++i) {
        const auto message =
            i % 7 == 0 ? std::string() : sentence(i) + std::string(static_cast<std::size_t>(i * 100), 'x');
        EXPECT_EQ(text(inflate.inflate(deflate.compress(as_bytes(message)), limit)), message) << int{bits};
      }
    }
  }
}

TEST(deflate, eight_window_bits_look_back_no_further_than_256_bytes) {
  deflater deflate(context_takeover::yes, 8);
  std::string first(300, ' ');
  for (std::size_t i = 0; i < first.size(); ++i) first[i] = static_cast<char>('a' + i * i % 23);
  deflate.compress(as_bytes(first));
  // A match with what is 300 bytes back would make this a few bytes.
  const auto again = deflate.compress(as_bytes(first)).size();
  deflater nine(context_takeover::yes, 9);
  nine.compress(as_bytes(first));
  EXPECT_GT(again, 3 * nine.compress(as_bytes(first)).size());
}

TEST(deflate, context_makes_the_second_message_smaller_and_its_absence_makes_them_equal) {
  deflater sharing(context_takeover::yes), alone(context_takeover::no);
  const auto first = sharing.compress(as_bytes(sentence(1))).size();
  EXPECT_LT(sharing.compress(as_bytes(sentence(2))).size(), first / 3);
  const auto same = copy(alone.compress(as_bytes(sentence(1))));
  EXPECT_EQ(copy(alone.compress(as_bytes(sentence(1)))), same);
}

TEST(deflate, without_context_one_serves_all) {
  auto& deflate = shared_deflater();
  auto& inflate = shared_inflater();
  EXPECT_EQ(&deflate, &shared_deflater());
  EXPECT_NE(&deflate, &shared_deflater(10));
  const auto a = copy(deflate.compress(as_bytes(sentence(1))));
  const auto b = copy(deflate.compress(as_bytes(sentence(2))));
  EXPECT_EQ(text(inflate.inflate(of({0xff, 0xff}), limit)), "violation 1007");
  EXPECT_EQ(text(inflate.inflate(b, limit)), sentence(2));
  EXPECT_EQ(text(inflate.inflate(a, limit)), sentence(1));
}

TEST(deflate, a_bomb_is_refused_while_it_inflates) {
  deflater deflate(context_takeover::no);
  const auto bomb = copy(deflate.compress(as_bytes(std::string(100 << 20, 'x'))));
  ASSERT_LT(bomb.size(), 120'000u);
  inflater inflate(context_takeover::no);
  EXPECT_EQ(text(inflate.inflate(bomb, limit)), "violation 1009");
  EXPECT_EQ(text(inflate.inflate(bomb, 0)), "violation 1009");
}

TEST(deflate, the_limit_is_exact) {
  deflater deflate(context_takeover::no);
  inflater inflate(context_takeover::no);
  for (const std::size_t size : {1u, 255u, 256u, 257u, 1000u, 70000u}) {
    const auto message = std::string(size, 'x');
    const auto payload = copy(deflate.compress(as_bytes(message)));
    EXPECT_EQ(text(inflate.inflate(payload, size)), message);
    EXPECT_EQ(text(inflate.inflate(payload, size - 1)), "violation 1009");
  }
}

TEST(deflate, what_is_cut_or_corrupt_is_refused) {
  deflater deflate(context_takeover::no);
  inflater inflate(context_takeover::no);
  const auto payload = copy(deflate.compress(as_bytes(sentence(1))));
  for (std::size_t size = 1; size < payload.size(); ++size) {
    EXPECT_EQ(text(inflate.inflate(bytes(payload).first(size), limit)), "violation 1007") << size;
  }
  EXPECT_EQ(text(inflate.inflate(of({0x06}), limit)), "violation 1007");  // a reserved kind of block
  EXPECT_EQ(text(inflate.inflate(of({0xf2, 0x00, 0x11, 0x00, 0x00}), limit)), "violation 1007");  // beyond the window
  EXPECT_EQ(text(inflate.inflate(of({0x03, 0x00}), limit)), "violation 1007");  // final, and no byte for what follows
}

TEST(deflate, some_peers_send_no_byte_for_no_message) {
  inflater inflate(context_takeover::yes);
  EXPECT_EQ(text(inflate.inflate({}, limit)), "");
}

TEST(deflate, a_big_messages_memory_is_let_go_of) {
  deflate_buffer held;
  held.grow(0, 100'000);
  held.shrink(100'000);
  EXPECT_EQ(held.capacity(), 100'000u);
  held.shrink(std::size_t{16} * 1024);
  EXPECT_EQ(held.capacity(), 0u);
}

}  // namespace
}  // namespace peregrine::websocket
