// What a session makes of DATA and its windows (RFC 9113 §6.1, §6.9).
#include "peregrine/http2/ends_test.hpp"

#include <gtest/gtest.h>

#include <array>

namespace peregrine::http2 {
namespace {

using namespace by_hand;
using windows = pair_of;

TEST(session_data, writes_what_the_windows_allow_and_tells_when_there_is_more) {
  server one;
  accept_all(one);
  one.feed(settings({{initial_window, 10}}) + connect(1) + connect(3));
  one.take_output();
  one.told.events.clear();
  EXPECT_EQ(one.write(1, "0123456789abc"), 10U);
  EXPECT_EQ(one.write(1, "abc"), 0U);
  EXPECT_EQ(one.write(3, "another"), 7U);
  EXPECT_EQ(one.sent(), (words{"DATA 1 0123456789", "DATA 3 another"}));
  one.feed(window_update(1, 2));
  EXPECT_EQ(one.told.take(), words{"window 1"});
  EXPECT_EQ(one.write(1, "abc"), 2U);
  one.feed(settings({{initial_window, 20}}));  // which opens those of streams that are there (RFC 9113 §6.9.2)
  EXPECT_EQ(one.told.take(), (words{"settings 0", "window 0"}));
  EXPECT_EQ(one.write(1, "c"), 1U);
}

TEST(session_data, shares_the_connection_window) {
  server one;
  accept_all(one);
  one.feed(settings({{initial_window, 100'000}}) + connect(1) + connect(3));
  one.take_output();
  EXPECT_FALSE(one.at.is_window_shut());
  EXPECT_EQ(one.write(1, std::string(70'000, 'x')), 65'535U);
  EXPECT_TRUE(one.at.is_window_shut());
  EXPECT_EQ(one.write(3, "x"), 0U);
  one.told.events.clear();
  one.feed(window_update(0, 1));
  EXPECT_EQ(one.told.take(), words{"window 0"});
  EXPECT_EQ(one.write(3, "xy"), 1U);
}

TEST(session_data, writes_no_more_than_it_is_told) {
  server one;
  accept_all(one);
  one.feed(connect(1));
  one.take_output();
  const std::array<bytes, 2> pieces{as_bytes("one"), as_bytes("two")};
  EXPECT_EQ(one.at.write(one.way(1), pieces, 4), 4U);
  EXPECT_EQ(one.sent(), words{"DATA 1 onet"});
}

TEST_F(windows, open_a_window_again_when_its_bytes_are_consumed) {
  open();
  const std::string much(40'000, 'x');
  EXPECT_EQ(client_.write(1, much), 16'384U);
  pump(client_, server_);
  EXPECT_EQ(client_.write(1, much), 0U);
  client_.told.events.clear();
  server_.at.consume(server_.way(1), 16'384);
  pump(client_, server_);
  EXPECT_EQ(client_.told.take(), words{"window 1"});
  EXPECT_EQ(client_.write(1, much), 16'384U);
}

TEST_F(windows, keep_the_connection_window_open_for_streams_that_consume_nothing) {
  for (int i = 0; i < 100; ++i) {
    const auto id = client_.ask(asked);
    pump(client_, server_);
    EXPECT_EQ(client_.write(id, std::string(16'384, 'x')), 16'384U);
    pump(client_, server_);
  }
  EXPECT_FALSE(client_.at.is_window_shut());
}

// --- writing within `feed` ---

TEST(session_data, keeps_the_order_of_what_is_written_while_it_is_fed) {
  server one;
  accept_all(one);
  one.told.on_said = [&one](stream_id id, std::string_view said) {
    std::string own(said);
    EXPECT_EQ(one.write(id, own + "1"), own.size() + 1);
    EXPECT_EQ(one.write(id, "2"), 1U);  // shorter than what is written already
    EXPECT_EQ(one.write(id, own + "3"), own.size() + 1);
    own.assign(own.size(), '!');  // it is gone
    if (said == "last") one.at.finish(one.way(id));
  };
  one.feed(connect(1) + data(1, "first") + data(1, "last"));
  EXPECT_EQ(one.sent(), (words{"HEADERS 1", "DATA 1 first1", "DATA 1 2", "DATA 1 first3", "DATA 1 last1", "DATA 1 2",
                               "DATA 1 last3", "DATA 1  END_STREAM"}));
}

TEST(session_data, writes_within_feed_what_the_windows_allow) {
  server one;
  accept_all(one);
  std::size_t taken = 0;
  one.told.on_said = [&](stream_id id, std::string_view) {
    taken = one.write(id, "123456");
    taken += one.write(id, "789abc");
    EXPECT_EQ(one.write(id, "more"), 0U);
  };
  one.feed(settings({{initial_window, 10}}) + connect(1) + data(1, "go"));
  EXPECT_EQ(taken, 10U);
  EXPECT_EQ(one.sent(), (words{"SETTINGS 0 ACK", "HEADERS 1", "DATA 1 123456", "DATA 1 789a"}));
  EXPECT_FALSE(one.at.is_holding());
}

TEST(session_data, writes_nothing_to_a_stream_that_is_reset) {
  server one;
  accept_all(one);
  one.told.on_said = [&one](stream_id id, std::string_view) {
    one.write(id, "said");
    one.at.reset(one.way(id), error_code::internal_error);
    EXPECT_EQ(one.write(id, "never"), 0U);
  };
  one.feed(connect(1) + data(1, "go") + data(1, "on"));
  EXPECT_EQ(one.sent(), (words{"HEADERS 1", "DATA 1 said", "RST_STREAM 1 INTERNAL_ERROR"}));
  EXPECT_FALSE(one.at.is_holding());
}

}  // namespace
}  // namespace peregrine::http2
