// Rooms that reach beyond this process, with a broker in the test's hands.
#include "peregrine/connection/peers_test.hpp"
#include "peregrine/room/hub.hpp"

#include <gtest/gtest.h>

#include <list>

namespace peregrine {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

class scripted_broker final : public broker {
 public:
  void attach(audience& now) override { hears = &now; }
  carried publish(std::string_view room, const message& said) override {
    told.push_back("publish " + std::string(room) + " " + std::string(said.text().substr(0, 9)));
    return answer;
  }
  void subscribe(std::string_view room) override { told.push_back("subscribe " + std::string(room)); }
  void unsubscribe(std::string_view room) override { told.push_back("unsubscribe " + std::string(room)); }
  void report_congestion(std::string_view room, bool is_congested) override {
    told.push_back((is_congested ? "congested " : "relieved ") + std::string(room));
  }
  words take_told() { return std::exchange(told, {}); }

  audience* hears = nullptr;
  carried answer = carried::away;
  words told;
};

struct member {
  connection* peer = nullptr;
  std::unique_ptr<far_end> far;
};

task<> sit(connection& peer, hub& rooms, std::string room) {
  auto place = rooms.join(room, peer);
  while (const auto* said = co_await peer.receive()) co_await place.publish(*said);
}

class brokered_rooms : public testing::Test {
 protected:
  brokered_rooms() { home_.options.outbox_limit = 64 * 1024 * 1024; }
  ~brokered_rooms() override {
    for (auto& each : members_) {
      each.peer->abort();
      each.far->leave();
    }
    broker_.hears->on_lost_touch();
    broker_.hears->on_drained();
    loop_.settle();
    loop_.advance(10s);
    EXPECT_EQ(hub_.rooms(), 0U);
  }

  member& enter(const std::string& room) {
    auto& made = members_.emplace_back();
    auto [here, there] = memory_stream::make_pair();
    made.peer = new connection(stream_ptr(here), home_, {});
    made.far = std::make_unique<far_end>(there);
    made.peer->run([&](connection& peer) { return sit(peer, hub_, room); }, {}, {});
    return made;
  }
  void arrive(std::string_view room, std::string_view said) {
    broker_.hears->on_message(room, far_end::encoded(websocket::role::server, websocket::opcode::text, said));
  }

  manual_reactor loop_;
  endpoint home_;
  scripted_broker broker_;
  hub hub_{broker_};
  std::list<member> members_;
};

TEST_F(brokered_rooms, what_is_published_from_outside_goes_away_and_waits_where_the_way_is_full) {
  EXPECT_TRUE(hub_.publish("/a", message::text("one")));
  broker_.answer = broker::carried::slowly;
  EXPECT_TRUE(hub_.publish("/a", message::text("two")));
  EXPECT_FALSE(hub_.publish("/a", message::text("three")));
  EXPECT_EQ(broker_.take_told(), (words{"publish /a one", "publish /a two"}));
  broker_.hears->on_drained();
  EXPECT_TRUE(hub_.publish("/a", message::text("four")));
}

TEST_F(brokered_rooms, a_process_hears_what_others_tell_it_by_a_name_that_is_no_room) {
  words heard;
  hub_.listen("orders", [&](bytes payload) { heard.emplace_back(as_text(payload)); });
  EXPECT_EQ(broker_.take_told(), words{"subscribe orders"});
  words interests;
  broker_.hears->for_each_interest([&](std::string_view room, bool) { interests.emplace_back(room); });
  EXPECT_EQ(interests, words{"orders"});
  EXPECT_TRUE(hub_.publish("orders", message::text("close")));
  EXPECT_TRUE(heard.empty());
  arrive("orders", "close");
  arrive("orders", std::string(300, 'x'));
  EXPECT_EQ(heard, (words{"close", std::string(300, 'x')}));
}

TEST_F(brokered_rooms, are_subscribed_to_with_their_first_member_and_left_with_their_last) {
  auto& one = enter("/a");
  auto& two = enter("/a");
  enter("/b");
  EXPECT_EQ(broker_.take_told(), (words{"subscribe /a", "subscribe /b"}));
  one.peer->abort();
  EXPECT_TRUE(broker_.told.empty());
  two.peer->abort();
  EXPECT_EQ(broker_.take_told(), words{"unsubscribe /a"});
  words interest;
  broker_.hears->for_each_interest([&](std::string_view room, bool) { interest.emplace_back(room); });
  EXPECT_EQ(interest, words{"/b"});
}

TEST_F(brokered_rooms, hear_what_is_said_in_them_from_the_broker_alone) {
  auto& one = enter("/a");
  auto& two = enter("/a");
  broker_.take_told();
  one.far->text("mine");
  loop_.settle();
  EXPECT_EQ(broker_.take_told(), words{"publish /a mine"});
  EXPECT_TRUE(one.far->heard.empty());
  arrive("/a", "from elsewhere");
  arrive("/a", "mine");
  arrive("/nobody", "here");
  loop_.settle();
  EXPECT_EQ(one.far->heard, (words{"text from elsewhere", "text mine"}));
  EXPECT_EQ(two.far->heard, one.far->heard);
}

TEST_F(brokered_rooms, that_the_broker_does_not_carry_are_served_here) {
  auto& one = enter("/a");
  broker_.answer = broker::carried::nowhere;
  one.far->text("here");
  loop_.settle();
  EXPECT_EQ(one.far->heard, words{"text here"});
}

TEST_F(brokered_rooms, let_publishers_wait_while_members_elsewhere_are_not_served) {
  auto& one = enter("/a");
  auto& other = enter("/b");
  broker_.take_told();
  broker_.hears->on_congestion("/a", true);
  for (int i = 0; i < 3; ++i) one.far->text(std::to_string(i));
  other.far->text("free");
  loop_.settle();
  EXPECT_EQ(broker_.take_told(), (words{"publish /a 0", "publish /b free"}));
  broker_.hears->on_congestion("/a", false);
  loop_.settle();
  EXPECT_EQ(broker_.take_told(), (words{"publish /a 1", "publish /a 2"}));
}

TEST_F(brokered_rooms, go_on_when_the_broker_has_lost_touch) {
  auto& one = enter("/a");
  broker_.hears->on_congestion("/a", true);
  one.far->text("0");
  one.far->text("1");
  loop_.settle();
  broker_.take_told();
  broker_.hears->on_lost_touch();
  loop_.settle();
  EXPECT_EQ(broker_.take_told(), words{"publish /a 1"});
}

TEST_F(brokered_rooms, let_publishers_wait_while_the_way_out_is_full) {
  auto& one = enter("/a");
  broker_.take_told();
  broker_.answer = broker::carried::slowly;
  one.far->text("0");
  one.far->text("1");
  one.far->text("2");
  loop_.settle();
  EXPECT_EQ(broker_.take_told(), words{"publish /a 0"});
  broker_.hears->on_drained();
  loop_.settle();
  EXPECT_EQ(broker_.take_told(), words{"publish /a 1"});
  broker_.answer = broker::carried::away;
  broker_.hears->on_drained();
  loop_.settle();
  EXPECT_EQ(broker_.take_told(), words{"publish /a 2"});
}

TEST_F(brokered_rooms, tell_when_their_own_members_are_not_served_fast_enough) {
  enter("/a");
  broker_.take_told();
  const std::string big(1'500'000, 'b');
  for (int i = 0; i < 3; ++i) arrive("/a", big);
  EXPECT_EQ(broker_.take_told(), words{"congested /a"});
  loop_.settle();
  EXPECT_EQ(broker_.take_told(), words{"relieved /a"});
}

}  // namespace
}  // namespace peregrine
