#include "peregrine/room/hub.hpp"

#include "peregrine/connection/peers_test.hpp"
#include "peregrine/runtime/scope.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <list>

namespace peregrine {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

// The transport of a member that only counts: what it is given, and in how many writes.
class counting_stream final : public stream {
 public:
  struct tally {
    int writes = 0;
    std::vector<std::byte> written;
    std::size_t room = static_cast<std::size_t>(-1);  // bytes that it still takes
    bool is_kept = true;                              // or only counted
    owner* sits = nullptr;
  };
  explicit counting_stream(tally& kept) : kept_(kept) {}

  std::size_t write(std::span<const bytes> pieces) noexcept override {
    ++kept_.writes;
    std::size_t taken = 0;
    for (const auto& each : pieces) {
      const auto part = each.first(std::min(each.size(), kept_.room));
      if (kept_.is_kept) kept_.written.insert(kept_.written.end(), part.begin(), part.end());
      kept_.room -= part.size();
      taken += part.size();
    }
    return taken;
  }
  void pause() noexcept override {}
  void resume() override {}
  void finish() noexcept override {}
  void close() noexcept override {
    kept_.sits = nullptr;
    reactor::current().discard(*this);
  }
  std::string peer() const override { return "counted"; }
  void note_owner() noexcept { kept_.sits = owner_; }

 private:
  void on_discarded() noexcept override { delete this; }
  tally& kept_;
};

struct member {
  connection* peer = nullptr;
  seat* place = nullptr;
  counting_stream::tally wire;
  bool has_left = false;

  void hear(std::string_view said) const {
    auto frame = far_end::encoded(websocket::role::client, websocket::opcode::text, said);
    wire.sits->on_bytes(frame);
  }
  // What was written to it, taken apart.
  words heard(bool compressed = false) const {
    websocket::inflater inflater(websocket::context_takeover::no);
    websocket::reader_options options;
    options.role = websocket::role::client;
    options.max_message = 64 * 1024 * 1024;
    websocket::reader taker;
    auto raw = wire.written;
    mutable_bytes input = raw;
    words all;
    for (auto next = taker.feed(input, options, compressed ? &inflater : nullptr);
         next.kind != websocket::event_kind::need_more;
         next = taker.feed(input, options, compressed ? &inflater : nullptr)) {
      all.emplace_back(next.kind == websocket::event_kind::close
                           ? "close " + std::to_string(static_cast<int>(next.code))
                           : std::string(as_text(next.payload)));
    }
    return all;
  }
};

task<> sit(connection& peer, hub& rooms, std::string room, member& self) {
  auto place = rooms.join(room, peer);
  self.place = &place;
  while (const auto* said = co_await peer.receive()) {
    if (said->text() == "leave") break;
    co_await place.publish(*said);
  }
  self.has_left = true;
}

class rooms : public testing::Test {
 protected:
  ~rooms() override {
    for (auto& each : members_) {
      if (!each.has_left) each.peer->abort();
    }
    loop_.settle();
    loop_.advance(10s);
    EXPECT_EQ(home_.counts.live, 0U);
    EXPECT_EQ(hub_.rooms(), 0U);
  }

  member& enter(const std::string& room = "/a", const std::optional<websocket::deflate_parameters>& deflate = {}) {
    auto& made = members_.emplace_back();
    auto* carried = new counting_stream(made.wire);
    made.peer = new connection(stream_ptr(carried), home_, deflate);
    carried->note_owner();
    made.peer->run([&](connection& peer) { return sit(peer, hub_, room, made); }, {}, {});
    return made;
  }
  std::vector<member*> enter_many(std::size_t count, const std::string& room = "/a") {
    std::vector<member*> all(count);
    std::ranges::generate(all, [&] { return &enter(room); });
    return all;
  }
  void turn() { loop_->run_turn(false); }

  manual_reactor loop_;
  endpoint home_;
  hub hub_;
  std::list<member> members_;
};

TEST_F(rooms, everyone_hears_everything_once_in_one_order_and_the_sender_too) {
  const auto all = enter_many(5);
  auto& elsewhere = enter("/b");
  words said;
  for (int i = 0; i < 50; ++i) {
    said.push_back("message " + std::to_string(i));
    all[static_cast<std::size_t>(i) % all.size()]->hear(said.back());
    if (i % 7 == 0) loop_.settle();
  }
  loop_.settle();
  for (const auto* each : all) EXPECT_EQ(each->heard(), said);
  EXPECT_TRUE(elsewhere.heard().empty());
  EXPECT_EQ(hub_.published(), 50U);
  EXPECT_EQ(hub_.delivered(), 250U);
}

TEST_F(rooms, everyone_hears_what_is_published_from_outside_and_bytes_are_counted) {
  auto& one = enter("/a");
  enter("/b");
  EXPECT_TRUE(hub_.publish("/a", message::text("news")));
  EXPECT_TRUE(hub_.publish("/nobody", message::text("is there")));
  one.hear("and more");
  loop_.settle();
  EXPECT_EQ(one.heard(), (words{"news", "and more"}));
  EXPECT_EQ(hub_.delivered(), 2U);
  EXPECT_EQ(hub_.delivered_payload(), 12U);
}

TEST_F(rooms, a_congested_room_takes_nothing_from_outside) {
  home_.options.outbox_limit = 64 * 1024 * 1024;
  auto& one = enter("/a");
  const std::string large(std::size_t{1024} * 1024, 'x');
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(hub_.publish("/a", message::text(large))) << i;
  EXPECT_FALSE(hub_.publish("/a", message::text("one too many")));
  loop_.settle();
  EXPECT_TRUE(hub_.publish("/a", message::text("later")));
  loop_.settle();
  EXPECT_EQ(one.heard().back(), "later");
}

TEST_F(rooms, what_is_no_room_is_heard_by_the_process_itself) {
  words heard;
  hub_.listen("orders", [&](bytes payload) { heard.emplace_back(as_text(payload)); });
  EXPECT_TRUE(hub_.publish("orders", message::text("close the doors")));
  EXPECT_EQ(heard, words{"close the doors"});
}

TEST_F(rooms, members_are_visited_in_slices) {
  std::vector<const connection*> expected(10);
  std::ranges::generate(expected, [&] { return enter("/a").peer; });
  std::vector<const connection*> visited;
  int slices = 0;
  std::uint32_t next = 0;
  do {
    next = hub_.find_room("/a")->visit_members(next, 3, [&](connection& each) { visited.push_back(&each); });
    ++slices;
  } while (next != 0);
  EXPECT_EQ(visited, expected);
  EXPECT_EQ(slices, 4);
  EXPECT_EQ(hub_.find_room("/b"), nullptr);
}

TEST_F(rooms, what_is_said_in_one_turn_leaves_in_one_write_for_each_member) {
  auto& one = enter();
  auto& other = enter();
  for (int i = 0; i < 20; ++i) one.hear(std::to_string(i));
  loop_.settle();
  EXPECT_EQ(one.wire.writes, 1);
  EXPECT_EQ(other.wire.writes, 1);
  EXPECT_EQ(other.heard().size(), 20U);
}

TEST_F(rooms, come_with_their_first_member_and_go_with_their_last) {
  auto& one = enter("/x");
  auto& other = enter("/x");
  enter("/y");
  EXPECT_EQ(hub_.rooms(), 2U);
  EXPECT_EQ(one.place->members(), 2U);
  EXPECT_EQ(one.place->room_name(), "/x");
  one.hear("leave");
  EXPECT_EQ(other.place->members(), 1U);
  EXPECT_EQ(hub_.rooms(), 2U);
  other.hear("leave");
  EXPECT_EQ(hub_.rooms(), 1U);
}

TEST_F(rooms, a_last_member_that_leaves_takes_what_is_under_way_with_it) {
  auto& one = enter();
  one.hear("to nobody");
  one.hear("leave");
  loop_.settle();
  EXPECT_EQ(hub_.rooms(), 0U);
  auto& next = enter();
  loop_.settle();
  EXPECT_TRUE(next.heard().empty());
}

TEST_F(rooms, a_broadcast_to_many_goes_out_in_slices_and_another_room_is_served_in_between) {
  const auto many = enter_many(2'000, "/many");
  auto& few = enter("/few");
  std::vector<std::size_t> done;
  hub_.on_broadcast = [&](const broadcast_report& report) { done.push_back(report.members); };
  many[0]->hear("to all");
  turn();
  const auto served = [&] {
    return std::count_if(many.begin(), many.end(), [](const member* each) { return each->wire.writes > 0; });
  };
  EXPECT_GT(served(), 0);
  EXPECT_LE(served(), 256);
  few.hear("beside it");
  turn();
  turn();
  EXPECT_EQ(few.heard(), words{"beside it"});
  EXPECT_LE(served(), 768);
  loop_.settle();
  EXPECT_EQ(served(), 2'000);
  EXPECT_EQ(done, (std::vector<std::size_t>{1, 2'000}));
}

TEST_F(rooms, who_joins_during_a_broadcast_does_not_hear_it_and_who_leaves_hears_nothing_more) {
  const auto many = enter_many(600);
  many[0]->hear("first");
  turn();
  // Slots become free before and behind the place where the broadcast stands; the newcomer may take neither.
  many[1]->hear("leave");
  many[500]->hear("leave");
  many[599]->hear("leave");
  auto& newcomer = enter();
  many[2]->hear("second");
  loop_.settle();
  EXPECT_EQ(many[1]->heard(), (words{"first", "close 1000"}));
  EXPECT_EQ(many[500]->heard(), words{"close 1000"});
  EXPECT_EQ(many[599]->heard(), words{"close 1000"});
  EXPECT_EQ(newcomer.heard(), words{"second"});
  EXPECT_EQ(many[2]->heard(), (words{"first", "second"}));
  EXPECT_EQ(many[598]->heard(), (words{"first", "second"}));
  // Now nothing is under way, and the free slots are taken again.
  auto& later = enter();
  many[0]->hear("third");
  loop_.settle();
  EXPECT_EQ(later.heard(), words{"third"});
  EXPECT_EQ(newcomer.heard(), (words{"second", "third"}));
}

// Somebody speaks, leaves and comes in every turn, and a broadcast takes several: something is always under way. Who
// comes takes the slot of who has just left, now before and now behind the place where the broadcast stands.
TEST_F(rooms, a_room_that_is_never_quiet_gives_free_slots_to_newcomers_who_hear_only_what_comes_after_them) {
  constexpr std::size_t count = 600;
  constexpr std::size_t rounds = 150;
  std::vector<member*> many;
  for (std::size_t i = 0; i < count; ++i) many.push_back(&enter());
  std::size_t done = 0;
  hub_.on_broadcast = [&](const broadcast_report& report) { done += report.messages; };
  const auto turns_of_a_broadcast = [&] {  // as many as it takes to look at all slots
    done = 0;
    many[0]->hear("how long?");
    int turns = 0;
    while (done == 0) {
      turn();
      ++turns;
    }
    loop_.settle();
    return turns;
  };
  const int turns_before = turns_of_a_broadcast();
  done = 0;
  words said;
  std::vector<member*> newcomers;
  std::vector<bool> leaves_soon;
  for (std::size_t i = 0; i < rounds; ++i) {
    said.push_back("message " + std::to_string(i));
    many[0]->hear(said.back());
    turn();
    ASSERT_LT(done, said.size()) << "it was never quiet";
    const bool newest_leaves = i % 3 == 2;
    auto& leaver = newest_leaves ? *newcomers.back() : *many[i % 2 == 0 ? 1 + i : count - i];
    if (newest_leaves) leaves_soon.back() = true;
    leaver.hear("leave");
    newcomers.push_back(&enter());
    leaves_soon.push_back(false);
  }
  said.emplace_back("the last");
  many[0]->hear(said.back());
  loop_.settle();
  EXPECT_EQ(done, said.size());
  words all{"how long?"};
  all.insert(all.end(), said.begin(), said.end());
  EXPECT_EQ(many[0]->heard(), all);
  EXPECT_EQ(many[count / 2]->heard(), all);
  for (std::size_t i = 0; i < rounds; ++i) {
    const words after(said.begin() + static_cast<std::ptrdiff_t>(i) + 1, said.end());
    EXPECT_EQ(newcomers[i]->heard(), leaves_soon[i] ? words{"close 1000"} : after) << i;
  }
  EXPECT_EQ(many[0]->place->members(), count);
  EXPECT_EQ(turns_of_a_broadcast(), turns_before) << "there are more slots than there ever were members";
}

TEST_F(rooms, a_slow_member_is_closed_and_the_others_hear_everything) {
  home_.options.outbox_limit = 50'000;
  auto& one = enter();
  auto& slow = enter();
  auto& other = enter();
  slow.wire.room = 100;
  words said;
  for (int i = 0; i < 20; ++i) {
    said.push_back(std::string(10'000, static_cast<char>('a' + i)));
    one.hear(said.back());
    loop_.settle();
  }
  EXPECT_EQ(one.heard(), said);
  EXPECT_EQ(other.heard(), said);
  EXPECT_TRUE(slow.has_left);
  EXPECT_EQ(one.place->members(), 2U);
  EXPECT_EQ(home_.counts.slow_consumers, 1U);
  EXPECT_EQ(slow.peer->code(), websocket::close_code::policy_violation);
}

TEST_F(rooms, who_publishes_more_than_a_room_may_hold_waits_and_goes_on) {
  home_.options.reader.max_message = 1024 * 1024;
  home_.options.outbox_limit = 64 * 1024 * 1024;
  const auto many = enter_many(300);  // more than a slice: the backlog lasts
  for (std::size_t i = 1; i < 299; ++i) many[i]->wire.is_kept = false;
  const std::string big(900'000, 'b');
  for (int i = 0; i < 8; ++i) many[0]->hear(big);
  EXPECT_EQ(hub_.published(), 5U) << "5 × 900,000 bytes are more than 4 MiB";
  loop_.settle();
  EXPECT_EQ(hub_.published(), 8U);
  EXPECT_EQ(many[0]->heard().size(), 8U);
  EXPECT_EQ(many[299]->heard().size(), 8U);
}

TEST_F(rooms, a_publisher_that_waits_may_be_gone_when_it_is_woken) {
  home_.options.reader.max_message = 8 * 1024 * 1024;
  home_.options.outbox_limit = 64 * 1024 * 1024;
  const auto many = enter_many(300);
  for (std::size_t i = 0; i < 299; ++i) many[i]->wire.is_kept = false;
  many[0]->hear(std::string(std::size_t{5} * 1024 * 1024, 'b'));
  many[0]->peer->abort();
  EXPECT_FALSE(many[0]->has_left);
  loop_.settle();
  EXPECT_TRUE(many[0]->has_left);
  EXPECT_EQ(many[299]->heard().size(), 1U);
}

task<> shout(seat& from, std::string said, std::function<void()> and_then) {
  co_await from.publish(message::text(said));
  and_then();
}

TEST_F(rooms, a_publisher_that_is_destroyed_while_it_waits_is_not_woken) {
  home_.options.outbox_limit = 64 * 1024 * 1024;
  const auto many = enter_many(300);
  for (auto* each : many) each->wire.is_kept = false;
  auto& place = *many[0]->place;
  scope going_on;
  scope cancelled;
  scope ended_by_another;
  words done;
  cancelled.spawn(
      shout(place, std::string(std::size_t{5} * 1024 * 1024, 'b'), [&] { done.emplace_back("cancelled"); }));
  going_on.spawn(shout(place, "one", [&] {
    done.emplace_back("one");
    ended_by_another.cancel();
  }));
  ended_by_another.spawn(shout(place, "another", [&] { done.emplace_back("another"); }));
  cancelled.cancel();
  loop_.settle();
  EXPECT_EQ(hub_.published(), 3U);
  EXPECT_EQ(done, words{"one"});
}

TEST_F(rooms, members_that_negotiated_deflate_get_the_compressed_form) {
  auto& plain = enter();
  auto& one = enter("/a", websocket::stateless_deflate);
  auto& other = enter("/a", websocket::stateless_deflate);
  std::string said;
  while (said.size() < 5'000) said += "again and again ";
  plain.hear(said);
  loop_.settle();
  EXPECT_EQ(plain.heard(), words{said});
  EXPECT_EQ(one.heard(true), words{said});
  EXPECT_LT(one.wire.written.size(), plain.wire.written.size() / 10);
  EXPECT_EQ(one.wire.written, other.wire.written);
}

}  // namespace
}  // namespace peregrine
