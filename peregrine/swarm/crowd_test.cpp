#include "peregrine/swarm/crowd.hpp"

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/net/memory_stream.hpp"
#include "peregrine/runtime/manual_poller.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

// A crowd whose members sit on streams in memory, with a server that each test writes for itself.
class crowds : public testing::Test {
 protected:
  ~crowds() override {
    members.abort_all();
    loop.settle();
    for (auto* each : peers) each->close();
    loop.settle();
  }

  void join(int count) {
    for (int i = 0; i < count; ++i) {
      auto [ours, theirs] = memory_stream::make_pair();
      peers.push_back(new peer(theirs));
      connection_ptr opened(new connection(stream_ptr(ours), home, std::nullopt));
      opened->hold();
      members.add(std::move(opened));
    }
  }

  // The server's end: sends frames of text, unmasked, and forgets what it is sent.
  struct peer final : stream::owner {
    explicit peer(memory_stream* carried) : stream(carried) { stream->attach(*this); }
    void on_bytes(mutable_bytes lent) override { heard += as_text(lent); }
    void on_end(int) override {}
    void on_writable() override {}
    void say(const std::string& text) {
      std::string frame{"\x81"};
      frame += static_cast<char>(text.size());
      frame += text;
      const bytes piece = as_bytes(frame);
      stream->write({&piece, 1});
    }
    void close() {
      stream->close();
      delete this;
    }
    memory_stream* stream;
    std::string heard;
  };

  std::string broadcast(std::uint32_t number) const { return words.say({utterance::kind::broadcast, number, 0}, 64); }

  manual_reactor loop;
  client_endpoint home{[] {
    connection_options quiet;
    quiet.ping_interval = quiet.idle_timeout = std::chrono::milliseconds(0);
    return quiet;
  }()};
  voice words{0xABCD};
  int all_heard = 0;
  std::vector<std::pair<std::size_t, std::uint64_t>> echoes;
  std::vector<std::size_t> active_lost;
  crowd members{words,
                100,
                2,
                {.all_heard = [this] { ++all_heard; },
                 .own_echo = [this](std::size_t member, std::uint64_t time) { echoes.emplace_back(member, time); },
                 .active_lost = [this](std::size_t member) { active_lost.push_back(member); }}};
  std::vector<peer*> peers;
};

TEST_F(crowds, a_broadcast_is_over_when_everybody_has_heard_it) {
  join(3);
  members.listen(1);
  EXPECT_FALSE(members.has_heard_all());
  peers[0]->say(broadcast(1));
  peers[1]->say(broadcast(1));
  loop.settle();
  EXPECT_EQ(all_heard, 0);
  peers[2]->say(broadcast(1));
  loop.settle();
  EXPECT_EQ(all_heard, 1);
  EXPECT_EQ(members.heard().delivered, 3U);
  EXPECT_EQ(members.heard().latency.count(), 3U);
}

TEST_F(crowds, one_who_hears_twice_does_not_stand_for_one_who_did_not) {
  join(2);
  members.listen(1);
  peers[0]->say(broadcast(1));
  peers[0]->say(broadcast(1));
  loop.settle();
  EXPECT_EQ(all_heard, 0);
  EXPECT_EQ(members.heard().delivered, 1U);
  EXPECT_EQ(members.heard().duplicates, 1U);
}

TEST_F(crowds, words_of_others_and_of_earlier_do_not_count) {
  join(1);
  members.listen(2);
  peers[0]->say(broadcast(1));
  peers[0]->say(R"({"text":"hello"})");
  peers[0]->say(voice(0xABCE).say({utterance::kind::broadcast, 2, 0}, 64));
  loop.settle();
  EXPECT_EQ(members.heard().delivered, 0U);
  EXPECT_EQ(members.heard().duplicates, 0U);
}

TEST_F(crowds, nobody_waits_for_a_member_that_is_lost) {
  join(3);
  members.listen(1);
  peers[0]->say(broadcast(1));
  peers[1]->say(broadcast(1));
  loop.settle();
  peers[2]->stream->break_off(ECONNRESET);
  loop.settle();
  EXPECT_EQ(all_heard, 1);
  EXPECT_EQ(members.live(), 2U);
  EXPECT_EQ(members.tally().lost, (std::map<std::string, std::uint64_t>{{"1006", 1}}));
  EXPECT_EQ(active_lost, std::vector<std::size_t>{}) << "the third is not one that echoes";
}

TEST_F(crowds, one_that_has_heard_and_is_lost_then_is_not_missed_twice) {
  join(2);
  members.listen(1);
  peers[0]->say(broadcast(1));
  loop.settle();
  peers[0]->stream->break_off(ECONNRESET);
  loop.settle();
  EXPECT_EQ(all_heard, 0);
  peers[1]->say(broadcast(1));
  loop.settle();
  EXPECT_EQ(all_heard, 1);
  EXPECT_EQ(active_lost, std::vector<std::size_t>{0});
}

TEST_F(crowds, an_echo_is_told_to_the_one_whose_it_is) {
  join(3);
  for (auto* each : peers) each->say(words.say({utterance::kind::echo, 101, 7}, 64));  // a room: everybody hears it
  loop.settle();
  ASSERT_EQ(echoes.size(), 1U);
  EXPECT_EQ(echoes[0], std::pair(std::size_t{1}, std::uint64_t{7}));
}

TEST_F(crowds, somebody_speaks_while_anybody_is_there) {
  EXPECT_EQ(members.say(1, 64), 0U);
  join(2);
  EXPECT_GT(members.say(1, 64), 0U);
  loop.settle();
  EXPECT_NE(peers[0]->heard.empty(), peers[1]->heard.empty()) << "one, and one alone";
}

TEST_F(crowds, who_leaves_when_told_to_is_not_lost) {
  join(2);
  members.abort_all();
  loop.settle();
  EXPECT_EQ(members.live(), 0U);
  EXPECT_EQ(members.tally().losses(), 0U);
}

}  // namespace
}  // namespace peregrine::swarm
