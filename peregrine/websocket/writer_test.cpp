#include "peregrine/websocket/writer.hpp"

#include "peregrine/websocket/entropy.hpp"
#include "peregrine/websocket/reader.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>

namespace peregrine::websocket {
namespace {

std::string encoded(role ours, const frame& what) {
  std::vector<std::byte> out;
  append_frame(out, ours, what);
  return std::string(as_text(out));
}

TEST(writer, examples_of_the_rfc) {
  // RFC 6455 §5.7
  EXPECT_EQ(encoded(role::server, {opcode::text, as_bytes("Hello")}), "\x81\x05Hello");
  EXPECT_EQ(encoded(role::server, {.type = opcode::text, .payload = as_bytes("Hel"), .final = false}), "\x01\x03Hel");
  EXPECT_EQ(encoded(role::server, {opcode::continuation, as_bytes("lo")}), "\x80\x02lo");
  EXPECT_EQ(encoded(role::server, {opcode::ping, as_bytes("Hello")}), "\x89\x05Hello");
  using namespace std::string_literals;
  EXPECT_EQ(encoded(role::server, {opcode::binary, as_bytes(std::string(256, 'x'))}).substr(0, 4), "\x82\x7e\x01\x00"s);
  EXPECT_EQ(encoded(role::server, {opcode::binary, as_bytes(std::string(65536, 'x'))}).substr(0, 10),
            "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
  // RFC 7692 §7.2.3.1
  EXPECT_EQ(encoded(role::server, {.type = opcode::text, .payload = as_bytes("\xf2"), .compressed = true}),
            "\xc1\x01\xf2");
}

TEST(writer, what_is_encoded_is_read_again) {
  for (const role ours : {role::client, role::server}) {
    const reader_options options{.role = ours == role::client ? role::server : role::client, .max_message = 1 << 20};
    for (const std::size_t size : {0u, 1u, 7u, 8u, 125u, 126u, 127u, 65535u, 65536u, 100000u}) {
      const std::string payload(size, 'z');
      std::vector<std::byte> out;
      append_frame(out, ours, {opcode::text, as_bytes(payload)});
      EXPECT_EQ(out.size(), frame_size(ours, size));
      EXPECT_EQ(out.size() - size, header_size(ours, size));
      reader in;
      mutable_bytes rest(out);
      const auto message = in.feed(rest, options);
      EXPECT_EQ(message.kind, event_kind::message);
      EXPECT_EQ(as_text(message.payload), payload);
      EXPECT_TRUE(rest.empty());
    }
  }
}

TEST(writer, a_frame_is_appended_to_what_is_there) {
  std::vector<std::byte> out;
  append_frame(out, role::server, {opcode::text, as_bytes("a")});
  append_frame(out, role::server, {opcode::pong, {}});
  EXPECT_EQ(as_text(out), std::string_view("\x81\x01"
                                           "a\x8a\x00",
                                           5));
}

TEST(writer, every_client_frame_has_another_key) {
  std::set<mask_key> keys;
  for (int i = 0; i < 5000; ++i) keys.insert(encode_header(role::client, {opcode::text, {}}).key());
  EXPECT_GT(keys.size(), 4990u);
}

TEST(writer, a_child_draws_other_keys_than_its_parent) {
  std::byte drawn[16];
  draw_entropy(drawn);  // the pool is filled, and copied by the fork
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto child = fork();
  if (child == 0) {
    draw_entropy(drawn);
    _exit(write(ends[1], drawn, sizeof drawn) == sizeof drawn ? 0 : 1);
  }
  std::byte theirs[16];
  ASSERT_EQ(read(ends[0], theirs, sizeof theirs), 16);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  draw_entropy(drawn);
  EXPECT_NE(std::memcmp(drawn, theirs, sizeof drawn), 0);
  close(ends[0]);
  close(ends[1]);
}

TEST(writer, close_payload) {
  EXPECT_EQ(as_text(close_payload(close_code::going_away, "bye").view()),
            "\x03\xe9"
            "bye");
  EXPECT_TRUE(close_payload(close_code::no_status).view().empty());
  EXPECT_EQ(close_payload(close_code::normal).view().size(), 2u);
  EXPECT_EQ(close_payload(close_code::normal, std::string(123, 'x')).view().size(), 125u);
  EXPECT_EQ(close_payload(close_code::normal, std::string(500, 'x')).view().size(), 125u);
  // Not within a character: 122 bytes, then one of two, then one of four.
  EXPECT_EQ(close_payload(close_code::normal, std::string(122, 'x') + "é").view().size(), 124u);
  EXPECT_EQ(close_payload(close_code::normal, std::string(121, 'x') + "é").view().size(), 125u);
  EXPECT_EQ(close_payload(close_code::normal, std::string(120, 'x') + "🦅").view().size(), 122u);
}

}  // namespace
}  // namespace peregrine::websocket
