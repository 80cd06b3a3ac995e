#include "peregrine/websocket/reader.hpp"

#include "peregrine/websocket/deflate.hpp"
#include "peregrine/websocket/writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace peregrine::websocket {
namespace {

using buffer = std::vector<std::byte>;
using outcomes = std::vector<std::string>;

buffer hex(std::string_view digits) {
  buffer result;
  unsigned byte = 0;
  int half = 0;
  for (const char c : digits) {
    if (c == ' ') continue;
    byte = byte << 4 | static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (++half % 2 == 0) result.push_back(static_cast<std::byte>(byte & 0xff));
  }
  return result;
}

buffer operator+(buffer a, const buffer& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string told(const event& what) {
  const std::string payload(as_text(what.payload));
  switch (what.kind) {
    case event_kind::need_more:
      return "more";
    case event_kind::message:
      return (what.type == opcode::text ? "text " : "binary ") + payload;
    case event_kind::ping:
      return "ping " + payload;
    case event_kind::pong:
      return "pong " + payload;
    case event_kind::close:
      return "close " + std::to_string(static_cast<int>(what.code)) + " " + payload;
    case event_kind::violation:
      return "violation " + std::to_string(static_cast<int>(what.code)) + " " + std::string(what.violation().why);
  }
  return "?";
}

// Feeds pieces of `size` bytes, the first of `first` bytes; the events in words.
outcomes read(const buffer& input, const reader_options& options, std::size_t first, std::size_t size,
              inflater* inflate = nullptr) {
  reader in;
  outcomes events;
  for (std::size_t at = 0; at < input.size();) {
    const auto take = std::min(at == 0 && first > 0 ? first : size, input.size() - at);
    buffer piece(input.begin() + static_cast<std::ptrdiff_t>(at),
                 input.begin() + static_cast<std::ptrdiff_t>(at + take));
    mutable_bytes rest(piece);
    for (;;) {
      const auto outcome = in.feed(rest, options, inflate);
      if (outcome.kind == event_kind::need_more) break;
      events.push_back(told(outcome));
    }
    EXPECT_TRUE(rest.empty());
    at += take;
  }
  return events;
}

// The events, which must be the same wherever the input is cut in two and when it comes byte by byte.
outcomes read(const buffer& input, const reader_options& options, inflater* inflate = nullptr) {
  auto whole = read(input, options, 0, input.size(), inflate);
  for (std::size_t cut = 1; cut < input.size() && cut < 400; ++cut) {
    EXPECT_EQ(read(input, options, cut, input.size(), inflate), whole) << "cut at " << cut;
  }
  EXPECT_EQ(read(input, options, 0, 1, inflate), whole) << "byte by byte";
  return whole;
}

const reader_options client{.role = role::client};
const reader_options server{.role = role::server};

// A client's frame: the two bytes, the length's extension if any, a key and the payload masked with it.
buffer masked(std::string_view head, std::string_view payload) {
  const auto key = hex("37 fa 21 3d");
  buffer result = hex(head) + key;
  for (std::size_t i = 0; i < payload.size(); ++i) result.push_back(as_bytes(payload)[i] ^ key[i % 4]);
  return result;
}

TEST(reader, examples_of_the_rfc) {
  // RFC 6455 §5.7, in its order.
  EXPECT_EQ(read(hex("81 05 48 65 6c 6c 6f"), client), outcomes{"text Hello"});
  EXPECT_EQ(read(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"), server), outcomes{"text Hello"});
  EXPECT_EQ(read(hex("01 03 48 65 6c 80 02 6c 6f"), client), outcomes{"text Hello"});
  EXPECT_EQ(read(hex("89 05 48 65 6c 6c 6f"), client), outcomes{"ping Hello"});
  EXPECT_EQ(read(hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"), server), outcomes{"pong Hello"});
  const std::string small(256, 'x'), large(65536, 'y');
  const auto small_bytes = buffer(as_bytes(small).begin(), as_bytes(small).end());
  const auto large_bytes = buffer(as_bytes(large).begin(), as_bytes(large).end());
  EXPECT_EQ(read(hex("82 7e 01 00") + small_bytes, client), outcomes{"binary " + small});
  EXPECT_EQ(read(hex("82 7f 00 00 00 00 00 01 00 00") + large_bytes, client), outcomes{"binary " + large});
}

TEST(reader, several_frames_in_one_input) {
  const auto input = masked("81 81", "a") + masked("82 80", "") + masked("89 80", "") + masked("81 82", "bc");
  EXPECT_EQ(read(input, server), (outcomes{"text a", "binary ", "ping ", "text bc"}));
}

TEST(reader, control_frames_between_fragments) {
  const auto input = masked("01 83", "one") + masked("89 84", "beat") + masked("00 80", "") + masked("8a 80", "") +
                     masked("00 83", "two") + masked("89 82", "at") + masked("80 85", "three") + masked("82 81", "x");
  EXPECT_EQ(read(input, server), (outcomes{"ping beat", "pong ", "ping at", "text onetwothree", "binary x"}));
}

TEST(reader, each_violation_is_named_wherever_it_is_cut) {
  const std::string bad = "\xc3\x28";
  const struct {
    buffer input;
    std::string_view outcome;
  } rows[] = {
      {hex("91 80"), "violation 1002 a reserved bit is set without an extension (RFC 6455 §5.2)"},
      {hex("a1 80"), "violation 1002 a reserved bit is set without an extension (RFC 6455 §5.2)"},
      {hex("c1 80"), "violation 1002 a reserved bit is set without an extension (RFC 6455 §5.2)"},
      {hex("83 80"), "violation 1002 a reserved opcode (RFC 6455 §5.2)"},
      {hex("87 80"), "violation 1002 a reserved opcode (RFC 6455 §5.2)"},
      {hex("8b 80"), "violation 1002 a reserved opcode (RFC 6455 §5.2)"},
      {hex("8f 80"), "violation 1002 a reserved opcode (RFC 6455 §5.2)"},
      {hex("80 80"), "violation 1002 a continuation without a start (RFC 6455 §5.4)"},
      {masked("01 80", "") + hex("81 80"), "violation 1002 a new message before the end of the last (RFC 6455 §5.4)"},
      {masked("01 81", "x") + hex("02 80"), "violation 1002 a new message before the end of the last (RFC 6455 §5.4)"},
      {hex("09 80"), "violation 1002 a control frame is fragmented (RFC 6455 §5.5)"},
      {hex("08 80"), "violation 1002 a control frame is fragmented (RFC 6455 §5.5)"},
      {hex("89 fe 00 7e"), "violation 1002 a control frame is longer than 125 bytes (RFC 6455 §5.5)"},
      {hex("81 05 48 65 6c 6c 6f"), "violation 1002 a client's frame is not masked (RFC 6455 §5.1)"},
      {hex("82 fe 00 7d"), "violation 1002 the length is not minimally encoded (RFC 6455 §5.2)"},
      {hex("82 ff 00 00 00 00 00 00 ff ff"), "violation 1002 the length is not minimally encoded (RFC 6455 §5.2)"},
      {hex("82 ff 80 00 00 00 00 00 00 00"), "violation 1002 the length's most significant bit is set (RFC 6455 §5.2)"},
      {hex("82 ff 00 00 00 01 00 00 00 00"),
       "violation 1009 the message is larger than accepted here (RFC 6455 §7.4.1)"},
      {hex("82 ff 00 00 00 00 00 01 00 01"),
       "violation 1009 the message is larger than accepted here (RFC 6455 §7.4.1)"},
      {masked("81 82", bad), "violation 1007 a text message is not UTF-8 (RFC 6455 §8.1)"},
      {masked("81 81", bad.substr(0, 1)), "violation 1007 a text message is not UTF-8 (RFC 6455 §8.1)"},
      {masked("01 81", bad.substr(0, 1)) + masked("80 80", ""),
       "violation 1007 a text message is not UTF-8 (RFC 6455 §8.1)"},
      {masked("88 81", "\x03"), "violation 1002 a close frame holds one byte (RFC 6455 §5.5.1)"},
      {masked("88 84", "\x03\xe8\xc3\x28"), "violation 1007 a close reason is not UTF-8 (RFC 6455 §5.5.1)"},
  };
  for (const auto& each : rows) EXPECT_EQ(read(each.input, server), outcomes{std::string(each.outcome)});
  EXPECT_EQ(read(hex("81 85 37 fa 21 3d"), client),
            outcomes{"violation 1002 a server's frame is masked (RFC 6455 §5.1)"});
}

TEST(reader, bad_text_ends_it_at_the_bad_byte) {
  reader in;
  auto input = hex("81 fe ff ff 00 00 00 00 48 c3");
  mutable_bytes rest(input);
  EXPECT_EQ(in.feed(rest, server).kind, event_kind::need_more);
  auto bad = hex("28");
  rest = bad;
  EXPECT_EQ(in.feed(rest, server).code, close_code::invalid_payload);
  EXPECT_TRUE(in.has_ended());
}

TEST(reader, close_codes) {
  const auto outcome = [](unsigned code) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff), 'o', 'k'};
    return read(masked("88 84", payload), server).at(0);
  };
  for (const unsigned code : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u, 1014u, 3000u,
                              3999u, 4000u, 4999u}) {
    EXPECT_EQ(outcome(code), "close " + std::to_string(code) + " ok");
  }
  for (const unsigned code : {0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u, 5000u, 65535u}) {
    EXPECT_EQ(outcome(code), "violation 1002 a close code not allowed in a frame (RFC 6455 §7.4)") << code;
  }
  EXPECT_EQ(read(masked("88 80", ""), server), outcomes{"close 1005 "});
}

TEST(reader, what_follows_a_close_or_a_violation_is_discarded) {
  EXPECT_EQ(read(masked("88 82", "\x03\xe8") + masked("81 81", "x"), server), outcomes{"close 1000 "});
  EXPECT_EQ(read(hex("80 80") + masked("81 81", "x"), server).size(), 1u);
  // A close between fragments ends the message, too.
  EXPECT_EQ(read(masked("01 81", "x") + masked("88 80", "") + masked("80 81", "y"), server), outcomes{"close 1005 "});
}

TEST(reader, the_limit_is_the_largest_message_accepted) {
  const reader_options ten{.role = role::server, .max_message = 10};
  EXPECT_EQ(read(masked("82 8a", "0123456789"), ten), outcomes{"binary 0123456789"});
  EXPECT_EQ(read(masked("02 86", "012345") + masked("80 84", "6789"), ten), outcomes{"binary 0123456789"});
  const outcomes refused{"violation 1009 the message is larger than accepted here (RFC 6455 §7.4.1)"};
  EXPECT_EQ(read(hex("82 8b"), ten), refused);  // at once: no payload has come
  EXPECT_EQ(read(masked("02 86", "012345") + hex("80 85"), ten), refused);
  EXPECT_EQ(read(masked("82 80", "") + masked("89 8b", "01234567890"), ten).back(), "ping 01234567890");
}

TEST(reader, fragments_are_counted) {
  reader_options few{.role = role::server, .max_fragments = 3, .max_empty_fragments = 2};
  const auto start = masked("02 81", "a"), next = masked("00 81", "b"), empty = masked("00 80", ""),
             end = masked("80 80", "");
  EXPECT_EQ(read(start + next + next + end + start + next + empty + end, few), (outcomes{"binary abb", "binary ab"}));
  EXPECT_EQ(read(start + next + next + next, few),
            outcomes{"violation 1008 the message has too many fragments (RFC 6455 §7.4.1)"});
  few.max_fragments = 10;
  EXPECT_EQ(read(start + empty + empty + empty, few),
            outcomes{"violation 1008 the message has too many empty fragments (RFC 6455 §7.4.1)"});
}

TEST(reader, sixty_four_kilobytes_in_fragments_of_one_byte) {
  buffer input = masked("02 81", "x");
  for (int i = 2; i < 65536; ++i) input = std::move(input) + masked("00 81", "x");
  input = std::move(input) + masked("80 81", "x");
  const outcomes expected{"binary " + std::string(65536, 'x')};
  EXPECT_EQ(read(input, server, 0, 4096), expected);
}

TEST(reader, a_message_of_one_frame_is_a_view_into_the_input) {
  reader in;
  auto input = masked("81 85", "Hello") + masked("89 82", "hi");
  mutable_bytes rest(input);
  const auto message = in.feed(rest, server);
  EXPECT_EQ(message.payload.data(), input.data() + 6);
  const auto ping = in.feed(rest, server);
  EXPECT_EQ(ping.payload.data(), input.data() + 6 + 5 + 6);
}

TEST(reader, what_is_kept_grows_with_what_arrives_and_is_let_go_of) {
  reader in;
  auto frame = masked("82 fe ff ff", std::string(65535, 'x'));
  mutable_bytes rest(frame);
  const auto give = [&](std::size_t size) {
    auto piece = rest.first(size);
    rest = rest.subspan(size);
    return in.feed(piece, server).kind;
  };
  EXPECT_EQ(give(8), event_kind::need_more);
  EXPECT_EQ(in.footprint(), 0u);  // 65535 are declared, none has come
  EXPECT_EQ(give(100), event_kind::need_more);
  EXPECT_LT(in.footprint(), 200u);
  EXPECT_EQ(give(40000), event_kind::need_more);
  EXPECT_LT(in.footprint(), 41000u);
  EXPECT_EQ(give(20000), event_kind::need_more);
  EXPECT_LT(in.footprint(), 66000u);
  EXPECT_EQ(give(rest.size()), event_kind::message);
  EXPECT_GT(in.footprint(), 65535u);
  in.release();
  EXPECT_EQ(in.footprint(), 0u);
}

TEST(reader, a_control_frame_leaves_only_the_fragments_behind) {
  reader in;
  auto frames = masked("01 83", "abc") + masked("89 fd", std::string(125, 'p'));
  for (std::size_t at = 0; at < frames.size(); ++at) {
    auto piece = mutable_bytes(frames).subspan(at, 1);
    const auto outcome = in.feed(piece, server);
    EXPECT_EQ(outcome.kind, at + 1 == frames.size() ? event_kind::ping : event_kind::need_more);
  }
  in.release();
  auto end = masked("80 80", "");
  mutable_bytes rest(end);
  EXPECT_EQ(told(in.feed(rest, server)), "text abc");
  EXPECT_GT(in.footprint(), 0u);
  rest = rest.last(0);
  EXPECT_EQ(in.feed(rest, server).kind, event_kind::need_more);  // the next feed lets go of it as well
  EXPECT_EQ(in.footprint(), 0u);
}

TEST(reader, moved_in_the_middle_of_a_message_it_goes_on) {
  auto input = masked("81 8b", "half a word");
  reader first;
  mutable_bytes rest = mutable_bytes(input).first(9);
  EXPECT_EQ(first.feed(rest, server).kind, event_kind::need_more);
  reader second(std::move(first));
  rest = mutable_bytes(input).subspan(9);
  EXPECT_EQ(told(second.feed(rest, server)), "text half a word");
  second.release();
  EXPECT_EQ(second.feed(rest, server).kind, event_kind::need_more);
}

TEST(reader, compressed_messages) {
  inflater inflate(context_takeover::yes);
  // RFC 7692 §7.2.3.1: one frame, and in two fragments.
  EXPECT_EQ(read(hex("c1 07 f2 48 cd c9 c9 07 00"), client, &inflate), outcomes{"text Hello"});
  EXPECT_EQ(read(hex("41 03 f2 48 cd 80 04 c9 c9 07 00"), client, &inflate), outcomes{"text Hello"});
  EXPECT_EQ(read(hex("81 05 48 65 6c 6c 6f"), client, &inflate), outcomes{"text Hello"});
  const outcomes late{"violation 1002 RSV1 is set beyond a message's first frame (RFC 7692 §6.1)"};
  EXPECT_EQ(read(hex("41 03 f2 48 cd c0 04 c9 c9 07 00"), client, &inflate), late);
  EXPECT_EQ(read(hex("c9 00"), client, &inflate), late);
  EXPECT_EQ(read(hex("c1 02 ff ff"), client, &inflate),
            outcomes{"violation 1007 a compressed message is not valid DEFLATE (RFC 7692 §7.2.2)"});
}

TEST(reader, compressed_text_is_checked_and_bounded_once_inflated) {
  deflater deflate(context_takeover::no);
  inflater inflate(context_takeover::no);
  const auto sent = [&deflate](opcode type, std::string_view message) {
    buffer out;
    append_frame(out, role::server, {.type = type, .payload = deflate.compress(as_bytes(message)), .compressed = true});
    return out;
  };
  EXPECT_EQ(read(sent(opcode::text, "\xc3\x28"), client, &inflate),
            outcomes{"violation 1007 a text message is not UTF-8 (RFC 6455 §8.1)"});
  EXPECT_EQ(read(sent(opcode::binary, "\xc3\x28"), client, &inflate), outcomes{"binary \xc3\x28"});
  const reader_options limited{.role = role::client, .max_message = 1000};
  EXPECT_EQ(read(sent(opcode::binary, std::string(1000, 'x')), limited, &inflate).at(0).substr(0, 8), "binary x");
  EXPECT_EQ(read(sent(opcode::binary, std::string(1001, 'x')), limited, &inflate),
            outcomes{"violation 1009 the message inflates beyond what is accepted here (RFC 7692 §8)"});
  // What can't be compressed may be longer on the wire than the limit.
  std::string noise(1000, ' ');
  unsigned seed = 1;
  for (auto& c : noise) c = static_cast<char>((seed = seed * 1103515245 + 12345) >> 16);
  EXPECT_GT(sent(opcode::binary, noise).size(), 1004u);
  EXPECT_EQ(read(sent(opcode::binary, noise), limited, &inflate), outcomes{"binary " + noise});
}

}  // namespace
}  // namespace peregrine::websocket
