#include "peregrine/server/room_survey.hpp"

#include "peregrine/connection/peers_test.hpp"

#include <gtest/gtest.h>

#include <list>

namespace peregrine::server {
namespace {

using namespace std::chrono_literals;

task<> sit(connection& peer, hub& rooms, std::string room) {
  const auto seat = rooms.join(room, peer);
  const message* said = nullptr;
  do {
    said = co_await peer.receive();
  } while (said);
}

class surveyed : public testing::Test {
 protected:
  ~surveyed() override {
    for (auto* each : peers_) each->abort();
    far_ends_.clear();
    loop_.settle();
  }

  void enter(const std::string& room) {
    const auto [near, far] = memory_stream::make_pair();
    far_ends_.emplace_back(far);
    peers_.push_back(new connection(stream_ptr(near), home_, std::nullopt));
    peers_.back()->run([&](connection& peer) { return sit(peer, rooms_, room); }, {}, {});
  }

  manual_reactor loop_;
  hub rooms_;
  endpoint home_;
  std::vector<connection*> peers_;
  std::list<far_end> far_ends_;
};

TEST_F(surveyed, few_rooms_are_told_at_once) {
  for (const auto* room : {"/b", "/a", "/b", "/c", "/b", "/c"}) enter(room);
  room_survey looks(rooms_, 2);
  EXPECT_TRUE(looks.largest().empty());
  looks.begin();
  EXPECT_EQ(looks.largest(), (room_sizes{{"/b", 3}, {"/c", 2}}));
}

TEST_F(surveyed, many_rooms_are_looked_at_in_slices) {
  home_.options.reader.role = websocket::role::server;
  home_.options.idle_timeout = 0ms;
  home_.options.ping_interval = 0ms;
  for (int i = 0; i < 3'000; ++i) enter("/room" + std::to_string(i));
  for (const auto* room : {"/room7", "/room7", "/room2999", "/other", "/other"}) enter(room);
  room_survey looks(rooms_, 3);
  looks.begin();
  EXPECT_TRUE(looks.largest().empty()) << "all in one slice";
  loop_.advance(1s);
  ASSERT_EQ(looks.largest().size(), 3U);
  EXPECT_EQ(looks.largest().front(), (std::pair<std::string, std::uint64_t>("/room7", 3)));
  EXPECT_EQ(looks.largest().back().second, 2U);
}

}  // namespace
}  // namespace peregrine::server
