// permessage-deflate (RFC 7692) on a live connection.
#include "peregrine/connection/live_test.hpp"

#include <gtest/gtest.h>

namespace peregrine {
namespace {

using websocket::opcode;
using websocket::role;
using deflating = live;

std::string compressible(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += "to and fro " + std::to_string(i % 10);
  text.resize(size);
  return text;
}

std::vector<std::byte> deflated(websocket::deflater& by, role ours, std::string_view said) {
  std::vector<std::byte> out;
  websocket::append_frame(out, ours, {opcode::text, by.compress(as_bytes(said)), true});
  return out;
}

TEST_F(deflating, a_server_without_context_takeover_reads_and_writes_compressed_messages) {
  serve([this](connection& peer) { return echo(peer, notes_); }, websocket::stateless_deflate);
  far_->expect_deflate();
  websocket::deflater ours(websocket::context_takeover::no);
  words all;
  std::size_t plain = 0;
  for (const std::size_t size : {100UL, 5'000UL, 60'000UL}) {
    far_->write(deflated(ours, role::client, compressible(size)));
    all.push_back("text " + compressible(size));
    plain += size;
  }
  far_->text("short and plain");
  all.emplace_back("text short and plain");
  loop_.settle();
  EXPECT_EQ(far_->heard, all);
  EXPECT_LT(far_->received, plain / 4);
}

TEST_F(deflating, a_peer_that_keeps_its_context_is_understood) {
  websocket::deflate_parameters agreed;
  agreed.server_no_context_takeover = true;
  serve([this](connection& peer) { return echo(peer, notes_); }, agreed);
  far_->expect_deflate();
  websocket::deflater ours(websocket::context_takeover::yes);
  const auto first = deflated(ours, role::client, compressible(1'000));
  const auto second = deflated(ours, role::client, compressible(1'000));
  ASSERT_LT(second.size(), first.size() / 2) << "the second does not look back to the first";
  far_->write(first);
  loop_.settle();
  far_->write(second);
  loop_.settle();
  EXPECT_EQ(far_->heard, (words{"text " + compressible(1'000), "text " + compressible(1'000)}));
}

TEST_F(deflating, a_peer_with_a_small_window_gets_its_messages_as_they_are) {
  websocket::deflate_parameters agreed = websocket::stateless_deflate;
  agreed.server_max_window_bits = 9;
  auto& peer = serve([this](connection& held) { return echo(held, notes_); }, agreed);
  EXPECT_FALSE(peer.compresses());
  websocket::deflater ours(websocket::context_takeover::no);
  far_->write(deflated(ours, role::client, compressible(5'000)));
  loop_.settle();
  EXPECT_EQ(far_->heard, words{"text " + compressible(5'000)});
}

TEST_F(deflating, a_bomb_is_refused_while_it_inflates) {
  serve([this](connection& peer) { return listen(peer, notes_); }, websocket::stateless_deflate);
  websocket::deflater ours(websocket::context_takeover::no);
  const auto bomb = deflated(ours, role::client, std::string(std::size_t{50} * 1024 * 1024, '0'));
  ASSERT_LT(bomb.size(), 64 * 1024U);
  far_->write(bomb);
  loop_.settle();
  ASSERT_EQ(far_->heard.size(), 1U);
  EXPECT_TRUE(far_->heard[0].starts_with("close 1009 ")) << far_->heard[0];
  EXPECT_TRUE(notes_.heard.empty());
}

TEST_F(deflating, what_is_no_deflate_is_refused) {
  serve([this](connection& peer) { return listen(peer, notes_); }, websocket::stateless_deflate);
  std::vector<std::byte> frame;
  websocket::append_frame(frame, role::client, {opcode::text, as_bytes("\xff\xff\xff\xff"), true});
  far_->write(frame);
  loop_.settle();
  ASSERT_EQ(far_->heard.size(), 1U);
  EXPECT_TRUE(far_->heard[0].starts_with("close 1007 ")) << far_->heard[0];
}

TEST(shared_frame, holds_each_message_in_both_forms_and_makes_each_once) {
  std::vector<std::byte> batch;
  for (const auto& said : {compressible(500), std::string("short"), compressible(700)}) {
    websocket::append_frame(batch, role::server, {opcode::text, as_bytes(said)});
  }
  const shared_frame frames(shared_buffer::copy_of(batch));
  EXPECT_EQ(frames.plain().size(), batch.size());
  const auto& small = frames.compressed();
  EXPECT_LT(small.size(), frames.plain().size() / 2);
  EXPECT_EQ(small.view().data(), frames.compressed().view().data()) << "compressed a second time";
}

}  // namespace
}  // namespace peregrine
