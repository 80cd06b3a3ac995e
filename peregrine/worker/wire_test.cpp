#include "peregrine/worker/wire.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace peregrine::worker {
namespace {

using outcome = packet_reader::outcome;

std::string in_words(const packet& read) {
  auto words = std::to_string(static_cast<int>(read.what)) + " " + std::string(read.room);
  if (read.what == kind::hello || read.what == kind::missed) return words + std::to_string(read.number());
  if (read.what == kind::message) words += " said at " + std::to_string(read.said) + ":";
  for (const auto each : read.body) words += " " + std::to_string(static_cast<int>(each));
  return words;
}

std::vector<std::byte> one_of_each() {
  std::vector<std::byte> out;
  append_number(out, kind::hello, bus_version);
  append_packet(out, kind::subscribe, "/a");
  append_message(out, "/a", message::text("hello"), 1);
  append_message(out, "/a", message::binary(as_bytes(std::string_view("\x01\x02"))), 90'000'000'000);
  append_packet(out, kind::congested, "/b");
  append_packet(out, kind::relieved, "/b");
  append_number(out, kind::missed, 70'000'000'000);
  append_packet(out, kind::alive);
  append_packet(out, kind::unsubscribe, "/a");
  return out;
}

const std::vector<std::string> each_in_words{"0 " + std::to_string(bus_version),
                                             "1 /a",
                                             "3 /a said at 1: 129 5 104 101 108 108 111",
                                             "3 /a said at 90000000000: 130 2 1 2",
                                             "4 /b",
                                             "5 /b",
                                             "6 70000000000",
                                             "7 ",
                                             "2 /a"};

std::vector<std::string> read_all(packet_reader& reader, bytes input) {
  std::vector<std::string> words;
  while (reader.next(input) == outcome::packet) {
    const auto& read = reader.current();
    EXPECT_EQ(read.whole.size(), packet_header + read.room.size() +
                                     (read.what == kind::message ? sizeof read.said : 0) + read.body.size());
    words.push_back(in_words(read));
  }
  EXPECT_TRUE(input.empty());
  return words;
}

TEST(packets, come_back_as_they_were) {
  packet_reader reader;
  EXPECT_EQ(read_all(reader, one_of_each()), each_in_words);
}

TEST(packets, may_be_cut_anywhere) {
  const auto all = one_of_each();
  for (std::size_t first = 0; first <= all.size(); ++first) {
    for (std::size_t second = first; second <= all.size(); ++second) {
      packet_reader reader;
      std::vector<std::string> words;
      // Pieces of their own, so that what is kept by mistake is seen to be gone.
      for (const auto piece :
           {bytes(all).first(first), bytes(all).subspan(first, second - first), bytes(all).subspan(second)}) {
        const std::vector<std::byte> lent(piece.begin(), piece.end());
        for (auto& each : read_all(reader, lent)) words.push_back(std::move(each));
      }
      ASSERT_EQ(words, each_in_words) << first << " " << second;
    }
  }
}

TEST(packets, that_make_no_sense_are_malformed) {
  const auto refuses = [](std::vector<std::byte> raw) {
    for (std::size_t cut = 0; cut <= raw.size(); ++cut) {
      packet_reader reader;
      bytes first = bytes(raw).first(cut);
      bytes second = bytes(raw).subspan(cut);
      const bool is_refused = reader.next(first) == outcome::malformed || reader.next(second) == outcome::malformed;
      if (!is_refused || reader.why().empty()) return false;
      if (reader.next(second) != outcome::malformed) return false;  // and it stays so
    }
    return true;
  };
  const auto raw = [](int what, std::uint16_t room, std::uint32_t body) {
    std::vector<std::byte> out{static_cast<std::byte>(what), std::byte{0}};
    for (const auto each : std::as_bytes(std::span(&room, 1))) out.push_back(each);
    for (const auto each : std::as_bytes(std::span(&body, 1))) out.push_back(each);
    return out;
  };
  EXPECT_TRUE(refuses(raw(8, 0, 0)));  // no such kind
  EXPECT_TRUE(refuses(raw(255, 0, 0)));
  EXPECT_TRUE(refuses(raw(0, 0, 7)));  // a version of seven bytes
  EXPECT_TRUE(refuses(raw(1, 0, 0)));  // no room
  EXPECT_TRUE(refuses(raw(1, 2, 1)));  // a body where none belongs
  EXPECT_TRUE(refuses(raw(3, 2, 0)));  // a message without a frame
  EXPECT_TRUE(refuses(raw(3, 2, longest_body + 1)));
  EXPECT_TRUE(refuses(raw(7, 1, 0)));
}

TEST(packets, of_garbage_never_lead_outside_the_input) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    packet_reader reader;
    for (int piece = 0; piece < 20; ++piece) {
      std::vector<std::byte> raw(random() % 40);
      for (auto& each : raw) each = static_cast<std::byte>(random() % 12);
      bytes input = raw;
      while (reader.next(input) == outcome::packet) {
        EXPECT_LE(reader.current().body.size(), longest_body);
      }
    }
  }
}

}  // namespace
}  // namespace peregrine::worker
