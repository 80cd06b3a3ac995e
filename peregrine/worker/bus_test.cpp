// The exchange and the brokers of some workers, on streams in memory.
#include "peregrine/net/memory_stream.hpp"
#include "peregrine/runtime/manual_poller.hpp"
#include "peregrine/worker/bus_broker.hpp"
#include "peregrine/worker/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace peregrine::worker {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

// A worker's rooms, as far as the broker sees them.
class house final : public broker::audience {
 public:
  house() { carrier.attach(*this); }

  void enter(const std::string& room) {
    rooms[room] = false;
    carrier.subscribe(room);
  }
  void leave(const std::string& room) {
    rooms.erase(room);
    carrier.unsubscribe(room);
  }
  auto say(const std::string& room, std::string_view said) { return carrier.publish(room, message::text(said)); }
  words take_heard() { return std::exchange(heard, {}); }
  bool waits_in(const std::string& room) const {
    bool waits = false;
    for (const auto& each : heard) waits = each == room + " wait" || (waits && each != room + " go on");
    return waits;
  }

  void on_message(std::string_view room, bytes frame) override {
    // A server's frame of a short text: two bytes before it.
    const auto text = as_text(frame);
    heard.push_back(std::string(room) + " " + std::string(text.size() < 128 ? text.substr(2) : "long"));
    heard_bytes += frame.size();
  }
  void on_congestion(std::string_view room, bool is_congested) override {
    heard.push_back(std::string(room) + (is_congested ? " wait" : " go on"));
  }
  void on_drained() override { heard.emplace_back("drained"); }
  void on_lost_touch() override { heard.emplace_back("lost touch"); }
  void for_each_interest(const std::function<void(std::string_view, bool)>& visit) const override {
    for (const auto& [room, is_congested] : rooms) visit(room, is_congested);
  }

  std::map<std::string, bool> rooms;
  words heard;
  std::size_t heard_bytes = 0;
  bus_broker carrier;
  memory_stream* far = nullptr;   // the exchange's end
  memory_stream* near = nullptr;  // this worker's
};

class bus : public testing::Test {
 protected:
  bus() { restart(); }
  ~bus() override {
    for (auto& each : houses_) each->carrier.disconnect();
    loop_.settle();
    exchange_.reset();
    loop_.settle();
  }

  void restart() {
    exchange_ = std::make_unique<exchange>(limits_);
    for (std::size_t i = 0; i < houses_.size(); ++i) connect(i);
  }
  void connect(std::size_t worker) {
    auto& each = *houses_[worker];
    std::tie(each.far, each.near) = memory_stream::make_pair();
    exchange_->add(worker, stream_ptr(each.far));
    each.carrier.connect(stream_ptr(each.near));
    loop_.settle();
    each.take_heard();
  }
  house& with(const words& rooms) {
    auto& made = *houses_.emplace_back(std::make_unique<house>());
    connect(houses_.size() - 1);
    for (const auto& room : rooms) made.enter(room);
    loop_.settle();
    return made;
  }

  manual_reactor loop_;
  exchange::limits limits_{.most = 10'000, .high = 4'000, .low = 1'000};
  std::unique_ptr<exchange> exchange_;
  std::vector<std::unique_ptr<house>> houses_;
};

TEST_F(bus, carries_what_is_said_to_all_workers_in_the_room_and_to_no_other) {
  auto& one = with({"/a"});
  auto& two = with({"/a", "/b"});
  auto& three = with({"/b"});
  EXPECT_EQ(one.say("/a", "hello"), broker::carried::away);
  EXPECT_TRUE(one.heard.empty());  // not before it has its place in the order
  loop_.settle();
  EXPECT_EQ(one.take_heard(), words{"/a hello"});
  EXPECT_EQ(two.take_heard(), words{"/a hello"});
  EXPECT_EQ(three.heard_bytes, 0U);
  three.say("/b", "you");
  loop_.settle();
  EXPECT_EQ(two.take_heard(), words{"/b you"});
  EXPECT_EQ(one.heard_bytes, 7U);
}

TEST_F(bus, all_hear_one_order) {
  std::vector<house*> all(5);
  std::ranges::generate(all, [&] { return &with({"/a", "/b"}); });
  for (int round = 0; round < 50; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto who = (i * 3 + static_cast<std::size_t>(round)) % all.size();
      all[who]->say(round % 3 == 0 ? "/b" : "/a", std::to_string(round) + "." + std::to_string(who));
    }
    if (round % 7 == 0) loop_->run_turn(false);
  }
  loop_.settle();
  EXPECT_EQ(all[0]->heard.size(), 250U);
  for (const auto* each : all) EXPECT_EQ(each->heard, all[0]->heard);
}

TEST_F(bus, what_is_said_in_one_turn_comes_in_one_turn) {
  auto& one = with({"/a"});
  auto& two = with({"/a"});
  for (int i = 0; i < 3; ++i) one.say("/a", std::to_string(i));
  while (two.heard.empty()) loop_->run_turn(false);
  EXPECT_EQ(two.heard, (words{"/a 0", "/a 1", "/a 2"}));
}

TEST_F(bus, who_is_known_to_be_in_hears_what_is_said_then_whichever_line_is_read_first) {
  auto& one = with({"/a"});
  auto& two = with({});
  one.say("/a", "before");
  loop_->run_turn(false);  // it is on its way: this line is the first that the exchange will read
  two.enter("/a");
  std::vector<std::byte> said;
  append_message(said, "/a", message::text("then"), 0);
  const bytes behind = said;
  ASSERT_EQ(one.near->write({&behind, 1}), said.size());
  loop_.settle();
  EXPECT_EQ(std::ranges::count(two.heard, "/a then"), 1);
  EXPECT_EQ(one.heard, (words{"/a before", "/a then"}));
}

TEST_F(bus, interest_goes_with_the_last_member) {
  auto& one = with({"/a"});
  auto& two = with({"/a"});
  two.leave("/a");
  loop_.settle();
  one.say("/a", "alone");
  loop_.settle();
  EXPECT_EQ(two.heard_bytes, 0U);
  EXPECT_EQ(exchange_->rooms(), 1U);
  one.leave("/a");
  loop_.settle();
  EXPECT_EQ(exchange_->rooms(), 0U);
}

TEST_F(bus, a_worker_that_is_gone_is_forgotten_and_comes_back_with_what_it_is_interested_in) {
  auto& one = with({"/a"});
  auto& two = with({"/a", "/b"});
  two.near->break_off(ECONNRESET);
  loop_.settle();
  EXPECT_EQ(exchange_->workers(), 1U);
  EXPECT_EQ(exchange_->rooms(), 1U);
  one.say("/a", "is anybody there");
  loop_.settle();
  EXPECT_EQ(one.take_heard(), words{"/a is anybody there"});
  two.enter("/c");
  connect(1);
  for (const auto* room : {"/a", "/b", "/c"}) one.say(room, "back");
  loop_.settle();
  EXPECT_EQ(two.take_heard(), (words{"/a back", "/b back", "/c back"}));
}

TEST_F(bus, what_is_said_while_the_exchange_is_away_waits_for_the_next) {
  auto& one = with({"/a"});
  auto& two = with({"/a"});
  exchange_.reset();
  loop_.settle();
  EXPECT_EQ(one.take_heard(), words{"lost touch"});
  one.say("/a", "hello");
  loop_.settle();
  two.take_heard();
  exchange_ = std::make_unique<exchange>(limits_);
  connect(1);
  connect(0);
  EXPECT_EQ(two.take_heard(), words{"/a hello"});
}

TEST_F(bus, whoever_publishes_waits_for_a_worker_whose_members_are_not_served) {
  auto& one = with({"/a", "/b"});
  auto& two = with({"/a", "/b"});
  auto& three = with({"/b"});
  two.carrier.report_congestion("/a", true);
  loop_.settle();
  EXPECT_EQ(one.take_heard(), words{"/a wait"});
  one.carrier.report_congestion("/a", true);
  two.carrier.report_congestion("/a", false);
  loop_.settle();
  EXPECT_TRUE(one.heard.empty());  // there is another for whom to wait
  auto& late = with({"/a"});
  EXPECT_EQ(late.take_heard(), words{"/a wait"});
  one.leave("/a");
  loop_.settle();
  EXPECT_EQ(late.take_heard(), words{"/a go on"});
  EXPECT_TRUE(three.heard.empty());
}

TEST_F(bus, who_waits_for_a_worker_that_falls_goes_on) {
  auto& one = with({"/a"});
  auto& two = with({"/a"});
  two.carrier.report_congestion("/a", true);
  loop_.settle();
  two.near->break_off(ECONNRESET);
  loop_.settle();
  EXPECT_EQ(one.take_heard(), (words{"/a wait", "/a go on"}));
}

TEST_F(bus, a_worker_that_stands_still_holds_nobody_up) {
  auto& one = with({"/a"});
  auto& two = with({"/a"});
  two.carrier.report_congestion("/a", true);
  loop_.settle();
  two.near->pause();
  loop_.advance(500ms);
  EXPECT_EQ(one.take_heard(), words{"/a wait"});
  loop_.advance(3s);
  EXPECT_EQ(one.take_heard(), words{"/a go on"});
  // And when it runs again it is waited for again.
  two.near->resume();
  loop_.settle();
  two.carrier.report_congestion("/a", true);
  loop_.advance(10s);
  EXPECT_EQ(one.take_heard(), words{"/a wait"});
}

TEST_F(bus, a_queue_that_grows_makes_its_rooms_wait) {
  auto& one = with({"/a", "/b"});
  auto& two = with({"/a"});
  two.far->set_faults({.capacity = 100});
  two.near->pause();
  const std::string said(500, '.');
  for (int i = 0; i < 10; ++i) one.say("/a", said);
  loop_.settle();
  EXPECT_TRUE(one.waits_in("/a"));
  two.near->resume();
  loop_.settle();
  EXPECT_FALSE(one.waits_in("/a"));
  EXPECT_EQ(two.heard_bytes, 10 * 504U);
  EXPECT_EQ(exchange_->let_go(), 0U);
}

TEST_F(bus, what_waits_for_a_worker_is_bounded_and_it_is_told_what_it_missed) {
  auto& one = with({"/a"});
  auto& two = with({"/a"});
  auto& three = with({"/a"});
  two.far->set_faults({.capacity = 100});
  two.near->pause();
  loop_.advance(3s);
  const std::string said(500, '.');
  for (int i = 0; i < 100; ++i) one.say("/a", said);
  loop_.advance(3s);
  EXPECT_EQ(three.heard_bytes, 100 * 504U);
  const auto let_go = exchange_->let_go();
  EXPECT_GT(let_go, 75U);
  EXPECT_LT(let_go, 85U);
  two.take_heard();
  two.near->resume();
  loop_.settle();
  EXPECT_EQ(two.carrier.missed(), let_go);
  EXPECT_EQ(two.heard_bytes, (100 - let_go) * 504);
  one.say("/a", "and now");
  loop_.settle();
  EXPECT_EQ(two.heard.back(), "/a and now");
}

TEST_F(bus, large_messages_at_the_same_time_reach_all_who_take_them) {
  auto& one = with({"/a"});
  auto& two = with({"/a"});
  two.far->set_faults({.capacity = 100});
  const std::string said(20'000, '.');  // more than may wait of smaller ones
  for (int i = 0; i < 3; ++i) one.say("/a", said);
  loop_.settle();
  EXPECT_EQ(exchange_->let_go(), 0U);
  EXPECT_EQ(two.heard_bytes, 3 * 20'004U);
  two.near->pause();
  for (int i = 0; i < 10; ++i) one.say("/a", said);
  loop_.settle();
  EXPECT_EQ(exchange_->let_go(), 6U) << "four may wait";
}

TEST_F(bus, who_publishes_faster_than_the_bus_takes_it_waits) {
  auto& one = with({"/a"});
  one.near->set_faults({.capacity = 100});
  one.far->pause();
  const std::string said(100'000, '.');
  int count = 1;
  while (one.say("/a", said) == broker::carried::away) ++count;
  EXPECT_EQ(count, 42);  // four mebibytes
  one.take_heard();
  one.far->resume();
  loop_.settle();
  EXPECT_NE(std::ranges::find(one.heard, "drained"), one.heard.end());
}

TEST_F(bus, garbage_ends_a_line_and_no_other) {
  auto& one = with({"/a"});
  auto& two = with({"/a"});
  auto [far, near] = memory_stream::make_pair();
  exchange_->add(7, stream_ptr(far));
  struct sink final : stream::owner {
    void on_bytes(mutable_bytes) override {}
    void on_end(int) override { has_ended = true; }
    void on_writable() override {}
    bool has_ended = false;
  } stranger;
  near->attach(stranger);
  const auto said = as_bytes(std::string_view("GET / HTTP/1.1\r\n\r\n"));
  near->write({&said, 1});
  loop_.settle();
  EXPECT_TRUE(stranger.has_ended);
  EXPECT_EQ(exchange_->workers(), 2U);
  near->close();
  one.say("/a", "still here");
  loop_.settle();
  EXPECT_EQ(two.take_heard(), words{"/a still here"});
}

}  // namespace
}  // namespace peregrine::worker
