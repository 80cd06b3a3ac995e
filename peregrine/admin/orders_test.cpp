#include "peregrine/admin/orders.hpp"

#include "peregrine/connection/peers_test.hpp"

#include <gtest/gtest.h>

#include <list>
#include <utility>

namespace peregrine::admin {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view opening =
    "GET /room HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

task<> sit(connection& peer, hub& rooms) {
  auto seat = rooms.join(peer.request().path, peer);
  const message* said = nullptr;
  do {
    said = co_await peer.receive();
  } while (said);
}

class ordered : public testing::Test {
 protected:
  ~ordered() override {
    door_.abort_all();
    peers_.clear();
    loop_.settle();
  }
  void enter(int count) {
    for (int i = 0; i < count; ++i) {
      const auto [near, far] = memory_stream::make_pair();
      door_.accept(stream_ptr(near));
      auto& peer = peers_.emplace_back(far);
      peer.expect_head();
      peer.write(opening);
    }
    loop_.settle();
  }

  manual_reactor loop_;
  hub rooms_;
  acceptor door_{{}, [this](connection& peer) { return sit(peer, rooms_); }};
  worker::figure closed_{0};
  order_taker taker_{rooms_, door_, closed_};
  std::list<far_end> peers_;
};

TEST_F(ordered, a_room_is_closed_whatever_its_size) {
  enter(1'200);
  ASSERT_TRUE(order(rooms_, {closing::by::room, "/other"}));
  loop_.settle();
  EXPECT_EQ(closed_.load(), 0U);
  ASSERT_TRUE(order(rooms_, {closing::by::room, "/room"}));
  loop_.settle();
  EXPECT_EQ(closed_.load(), 1'200U);
  for (const auto& each : peers_) {
    ASSERT_EQ(each.heard.size(), 1U);
    EXPECT_TRUE(each.heard[0].starts_with("close 1008 ")) << each.heard[0];
  }
}

TEST_F(ordered, by_address_means_all_of_it_and_nothing_that_begins_like_it) {
  enter(1'200);
  const auto peer = [&] {
    std::string found;
    std::size_t part = 0;
    do {
      part = door_.visit_part(part, [&](connection& each) { found = each.peer(); });
    } while (part != 0);
    return found;
  }();
  ASSERT_FALSE(peer.empty());
  ASSERT_TRUE(order(rooms_, {closing::by::address, peer.substr(0, peer.size() - 1)}));
  ASSERT_TRUE(order(rooms_, {closing::by::id, peer + "0"}));
  loop_.settle();
  EXPECT_EQ(closed_.load(), 0U);
  ASSERT_TRUE(order(rooms_, {closing::by::id, peer}));
  loop_.settle();
  EXPECT_EQ(closed_.load(), 1'200U) << "in memory all have one name";
}

TEST(an_order, is_read_from_a_query) {
  const auto room = closing::parse("room=%2Fa%20b");
  ASSERT_TRUE(room);
  EXPECT_EQ(room->what, closing::by::room);
  EXPECT_EQ(room->value, "/a b");
  const auto id = closing::parse("id=10.0.0.1:5000%20stream%203");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->value, "10.0.0.1:5000 stream 3");
  for (const auto* query : {"", "room", "room=", "room=a", "rooms=/a", "address=%", "id="}) {
    EXPECT_FALSE(closing::parse(query)) << query;
  }
}

TEST(an_order, names_an_address_as_logs_do) {
  const std::pair<const char*, const char*> spelled[] = {
      {"address=10.0.0.1", "10.0.0.1"},
      {"address=10.0.0.1:5000", "10.0.0.1:5000"},
      {"address=2001:DB8:0::1", "[2001:db8::1]"},
      {"address=[2001:db8::1]", "[2001:db8::1]"},
      {"address=%5B2001:db8:0:0::1%5D:5000", "[2001:db8::1]:5000"},
      {"address=::1", "[::1]"},
      {"id=[::1]:5000", "[::1]:5000"},
      {"id=[::1]:5000%20stream%2011", "[::1]:5000 stream 11"},
  };
  for (const auto& [query, expected] : spelled) {
    const auto read = closing::parse(query);
    ASSERT_TRUE(read) << query;
    EXPECT_EQ(read->value, expected) << query;
  }
  for (const auto* query :
       {"address=nonsense", "address=[2001", "address=[2001]", "address=10.0.0",
        "address=10.0.0.1:", "address=10.0.0.1:x", "address=10.0.0.1:70000", "address=[10.0.0.1]:5000",
        "address=[::1]5000", "address=10.0.0.1%20stream%203", "address=:5000", "address=[]", "id=10.0.0.1",
        "id=nonsense", "id=10.0.0.1:5000%20stream%20", "id=10.0.0.1:5000%20stream%20x"}) {
    EXPECT_FALSE(closing::parse(query)) << query;
  }
}

}  // namespace
}  // namespace peregrine::admin
