#include "peregrine/tls/stream.hpp"

#include "peregrine/tls/sessions_test.hpp"

#include <cerrno>

namespace peregrine::tls {
namespace {

// ---- records ----

TEST_F(sessions, gather_what_is_written_together) {
  connect();
  const std::string head = "\x82\x05";
  const std::string payload = "hello";
  const std::array<bytes, 3> pieces{as_bytes(head), bytes{}, as_bytes(payload)};
  EXPECT_EQ(server_.carried().write(pieces), 7U);
  EXPECT_EQ(tap_->records().size(), 1U);
  EXPECT_EQ(tap_->writes, 1);
  loop_.settle();
  EXPECT_EQ(client_.received, head + payload);
}

TEST_F(sessions, send_much_in_full_records_and_few_writes) {
  connect();
  const auto all = long_text(200'000);
  std::vector<bytes> pieces;
  for (std::size_t at = 0, size = 1; at < all.size(); at += size, size = size * 3 % 70'001) {
    pieces.push_back(as_bytes(all).subspan(at, std::min(size, all.size() - at)));
  }
  ASSERT_GT(pieces.size(), 5U);
  EXPECT_EQ(server_.carried().write(pieces), all.size());
  auto records = tap_->records();
  ASSERT_EQ(records.size(), all.size() / engine::largest_record + 1);
  records.pop_back();
  for (const auto size : records) EXPECT_GE(size, engine::largest_record);
  EXPECT_EQ(tap_->writes, 4);  // 64 KiB each
  loop_.settle();
  EXPECT_EQ(client_.received, all);
  EXPECT_LE(client_.pieces.size(), 6U);
}

TEST_F(sessions, lend_what_may_be_changed) {
  connect();
  client_.say("hello");
  struct owner final : peregrine::stream::owner {
    void on_bytes(mutable_bytes lent) override {
      for (auto& each : lent) each = std::byte{'x'};
      received += as_text(lent);
    }
    void on_end(int) override {}
    void on_writable() override {}
    std::string received;
  } scribbles;
  server_.carried().attach(scribbles);
  loop_.settle();
  EXPECT_EQ(scribbles.received, "xxxxx");
  server_.carried().attach(server_);
}

// ---- slow peers ----

TEST_F(sessions, with_a_peer_that_does_not_read) {
  connect();
  near_->set_faults({.capacity = 20'000});
  far_->pause();
  const auto all = long_text(500'000);
  server_.say(all);
  loop_.settle();
  EXPECT_GE(server_.unsent.size(), all.size() - std::size_t{64} * 1024) << "no more is taken than one write's records";
  EXPECT_EQ(server_.writables, 0);
  const auto before = server_.unsent.size();
  const bytes more = as_bytes(std::string_view("more"));
  EXPECT_EQ(server_.carried().write({&more, 1}), 0U);
  EXPECT_EQ(server_.unsent.size(), before);
  far_->resume();
  loop_.settle();
  EXPECT_EQ(client_.received, all);
  EXPECT_TRUE(server_.unsent.empty());
  EXPECT_GT(server_.writables, 0);
}

TEST_F(sessions, with_an_owner_that_pauses) {
  connect();
  server_.on_piece = [this] { server_.carried().pause(); };
  client_.say("one");
  loop_.settle();
  client_.say("two");
  client_.carried().finish();
  loop_.settle();
  EXPECT_EQ(server_.received, "one");
  EXPECT_TRUE(server_.ends.empty());
  server_.carried().resume();
  loop_.settle();
  EXPECT_EQ(server_.received, "onetwo");
  server_.carried().resume();
  loop_.settle();
  EXPECT_EQ(server_.ends, std::vector<int>{0});
}

TEST_F(sessions, with_an_owner_that_pauses_as_soon_as_it_may_write) {
  struct pausing final : peregrine::stream::owner {
    void on_bytes(mutable_bytes lent) override { received += as_text(lent); }
    void on_end(int code) override { end = code; }
    void on_writable() override { carried->pause(); }
    peregrine::stream* carried = nullptr;
    std::string received;
    int end = -1;
  } owner;
  const auto [near, far] = memory_stream::make_pair();
  server_.take(new tls::stream(stream_ptr(near), server_context_));
  server_.say("welcome");
  owner.carried = new tls::stream(stream_ptr(far), client_context_, "localhost");
  owner.carried->attach(owner);
  loop_.settle();
  EXPECT_EQ(owner.received, "");
  owner.carried->resume();
  loop_.settle();
  EXPECT_EQ(owner.received, "welcome");
  owner.carried->close();
}

TEST_F(sessions, let_go_of_the_last_words_when_the_peer_reads_them_late) {
  connect();
  near_->set_faults({.capacity = 1'000});
  far_->pause();
  server_.say(long_text(30'000));
  EXPECT_TRUE(server_.unsent.empty());
  server_.close();
  loop_.settle();
  far_->resume();
  loop_.settle();
  EXPECT_EQ(client_.received, long_text(30'000));
  EXPECT_EQ(client_.ends, std::vector<int>{0});
}

TEST_F(sessions, do_not_wait_for_ever_for_a_peer_that_never_reads) {
  connect();
  near_->set_faults({.capacity = 1'000});
  far_->pause();
  server_.say(long_text(30'000));
  server_.close();
  loop_.settle();
  EXPECT_EQ(slab_allocated<tls::stream>::home().live(), 2U);
  loop_.advance(std::chrono::seconds(7));
  EXPECT_EQ(slab_allocated<tls::stream>::home().live(), 1U);
}

// ---- ends ----

TEST_F(sessions, end_as_they_should) {
  connect();
  server_.say("the last");
  server_.carried().finish();
  loop_.settle();
  EXPECT_EQ(client_.received, "the last");
  EXPECT_EQ(client_.ends, std::vector<int>{0});
  client_.say("and an answer");  // only one half has ended
  loop_.settle();
  EXPECT_EQ(server_.received, "and an answer");
  client_.close();
  loop_.settle();
  EXPECT_EQ(server_.ends, std::vector<int>{0});
}

TEST_F(sessions, say_goodbye_when_they_are_closed) {
  connect();
  client_.close();
  loop_.settle();
  EXPECT_EQ(server_.ends, std::vector<int>{0});
}

TEST_F(sessions, that_are_cut_off_are_known_from_those_that_end) {
  connect();
  far_->finish();
  loop_.settle();
  EXPECT_EQ(server_.ends, std::vector<int>{tls_code::truncated});
}

TEST_F(sessions, a_peer_that_says_nothing_and_leaves) {
  const auto [near, far] = memory_stream::make_pair();
  server_.take(new tls::stream(stream_ptr(near), server_context_));
  client_.take(far);
  client_.close();
  loop_.settle();
  EXPECT_EQ(server_.ends, std::vector<int>{tls_code::ended_in_handshake});
}

TEST_F(sessions, that_break_tell_what_broke_them) {
  connect();
  near_->break_off(ECONNRESET);
  loop_.settle();
  EXPECT_EQ(server_.ends, std::vector<int>{ECONNRESET});
  EXPECT_EQ(client_.ends, std::vector<int>{ECONNRESET});
  server_.say("lost");
  EXPECT_TRUE(server_.unsent.empty());
}

TEST_F(sessions, whose_bytes_were_changed_on_the_way) {
  connect();
  std::string forged("\x17\x03\x03\0\x20", 5);
  forged.append(32, 'f');
  const bytes raw = as_bytes(forged);
  far_->write({&raw, 1});
  loop_.settle();
  EXPECT_EQ(server_.ends, std::vector<int>{tls_code::broken});
  EXPECT_EQ(client_.ends, std::vector<int>{tls_code::alert + 20});  // bad_record_mac
}

TEST_F(sessions, what_came_before_the_forgery_is_heard) {
  connect();
  client_.say("good");
  std::string forged("\x17\x03\x03\0\x20", 5);
  forged.append(32, 'f');
  const bytes raw = as_bytes(forged);
  far_->write({&raw, 1});
  loop_.settle();
  EXPECT_EQ(server_.received, "good");
  EXPECT_EQ(server_.ends, std::vector<int>{tls_code::broken});
}

TEST_F(sessions, may_be_closed_by_whoever_hears) {
  connect();
  server_.on_piece = [this] { server_.close(); };
  client_.say("close");
  loop_.settle();
  EXPECT_FALSE(server_.has_stream());
  EXPECT_EQ(client_.ends, std::vector<int>{0});
}

}  // namespace
}  // namespace peregrine::tls
