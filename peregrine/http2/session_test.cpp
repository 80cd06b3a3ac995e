#include "peregrine/http2/session.hpp"

#include "peregrine/http2/ends_test.hpp"

#include <gtest/gtest.h>

#include <array>

namespace peregrine::http2 {
namespace {

using namespace by_hand;

// However the bytes between them are cut.
struct however_cut : pair_of, testing::WithParamInterface<std::size_t> {};

TEST(session, announces_what_it_takes) {
  end server(side::server, {.max_streams = 7, .stream_window = 4096, .max_head = 8192});
  EXPECT_EQ(server.take_output(), settings({{4, 4096}, {6, 8192}, {9, 1}, {3, 7}, {8, 1}}) + window_update(0, 983041));
  end client(side::client, {.connection_window = 65535});
  EXPECT_EQ(client.take_output(), std::string(preface) + settings({{4, 16384}, {6, 16384}, {9, 1}, {2, 0}}));
}

TEST(session, reads_what_the_peer_announces) {
  end client(side::client);
  EXPECT_FALSE(client.at.has_peer_settings());
  EXPECT_FALSE(client.at.peer_takes_websockets());
  client.feed(settings({{max_streams, 7}, {enable_connect, 1}}));
  EXPECT_TRUE(client.at.has_peer_settings());
  EXPECT_TRUE(client.at.peer_takes_websockets());
  EXPECT_EQ(client.at.peer_max_streams(), 7U);
  end other(side::client);
  other.feed(settings());
  EXPECT_TRUE(other.at.has_peer_settings());
  EXPECT_FALSE(other.at.peer_takes_websockets());
}

// The same two ends in pieces of every size that makes a difference.
INSTANTIATE_TEST_SUITE_P(pieces, however_cut, testing::Values(1, 2, 3, 7, 100, SIZE_MAX));

TEST_P(however_cut, carry_a_websocket_from_its_opening_to_its_end) {
  const std::array<field, 1> asks{{{"Sec-WebSocket-Version", "13"}}};
  auto head = asked;
  head.head = asks;
  EXPECT_EQ(client_.ask(head), 1);
  pump(client_, server_, GetParam());
  EXPECT_EQ(server_.told.take(), words{"request 1 CONNECT websocket localhost/room?x=1 sec-websocket-version=13"});
  EXPECT_EQ(client_.told.take(), words{"response 1 200"});

  EXPECT_EQ(client_.write(1, "hello"), 5U);
  EXPECT_EQ(server_.write(1, "welcome"), 7U);
  pump(client_, server_, GetParam());
  EXPECT_EQ(server_.told.take(), words{"data 1 hello"});
  EXPECT_EQ(client_.told.take(), words{"data 1 welcome"});

  client_.at.finish(client_.way(1));
  pump(client_, server_, GetParam());
  EXPECT_EQ(server_.told.take(), words{"end 1"});
  EXPECT_EQ(server_.write(1, "one more"), 8U);
  server_.at.finish(server_.way(1));
  pump(client_, server_, GetParam());
  EXPECT_EQ(server_.told.take(), words{"closed 1 NO_ERROR"});
  EXPECT_EQ(client_.told.take(), (words{"data 1 one more", "end 1", "closed 1 NO_ERROR"}));
  EXPECT_FALSE(client_.at.has_ended());
}

TEST_P(however_cut, carry_ordinary_answers) {
  server_.told.on_asked = [this](stream_id id, const request_head&) {
    const std::array<field, 1> extra{{{"Allow", "GET"}}};
    server_.at.respond(id, 405, extra, as_bytes("no"));
  };
  client_.ask(asked);
  pump(client_, server_, GetParam());
  // The request was not ended: it is reset, for nobody wants to hear the rest (RFC 9113 §8.1).
  EXPECT_EQ(client_.told.take(), (words{"response 1 405 allow=GET", "data 1 no", "end 1", "closed 1 NO_ERROR"}));
}

TEST(session, hears_out_a_request_with_content_that_it_has_answered_but_not_for_ever) {
  server one({.stream_window = 1000});
  one.told.on_asked = [&one](stream_id id, const request_head&) { one.at.respond(id, 405, {}, {}, true); };
  const auto post = [](stream_id id) {
    return headers(id, {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {":authority", "localhost"}});
  };
  one.feed(post(1) + data(1, "some") + data(1, "more", end_stream));
  EXPECT_EQ(one.sent(), words{"HEADERS 1 END_STREAM"});
  EXPECT_FALSE(one.at.is_open(1));
  one.feed(post(3) + data(3, std::string(999, 'x')));
  EXPECT_EQ(one.sent(), words{"HEADERS 3 END_STREAM"});
  one.feed(data(3, "x"));
  EXPECT_EQ(one.sent(), words{"RST_STREAM 3 NO_ERROR"});
}

TEST(session, is_told_the_same_however_the_bytes_are_cut) {
  const auto script = std::string(preface) + settings() + connect(1, "WebSocket") + data(1, "one") + ping() +
                      data(1, "two"s + "\0\0\0"s, padded).replace(9, 1, "\3") + window_update(1, 5) + get(3) +
                      priority(5, 1) + frame(0x77, 0, 0, "unknown") + connect(5) + reset(5) + data(1, "", end_stream) +
                      go_away(0, error_code::no_error, "bye");
  words expected;
  for (std::size_t piece = script.size(); piece > 0; --piece) {
    end server(side::server);
    accept_all(server);
    EXPECT_TRUE(server.feed(script, piece)) << server.at.failure();
    if (piece == script.size()) {
      expected = server.told.events;
      EXPECT_TRUE(server.told.heard("request 1 CONNECT WebSocket localhost/room"));
      EXPECT_TRUE(server.told.heard("request 3 GET  localhost/ end"));
      EXPECT_TRUE(server.told.heard("going away 0 NO_ERROR bye"));
      EXPECT_TRUE(server.told.heard("end 3"));
      EXPECT_TRUE(server.told.heard("closed 5 CANCEL"));
    }
    EXPECT_EQ(server.told.events, expected) << piece;
  }
}

TEST(session, refuses_streams_beyond_the_limit_and_stays) {
  server one({.max_streams = 2});
  accept_all(one);
  EXPECT_TRUE(one.feed(connect(1) + connect(3) + connect(5) + connect(7)));
  EXPECT_EQ(one.sent(),
            (words{"HEADERS 1", "HEADERS 3", "RST_STREAM 5 REFUSED_STREAM", "RST_STREAM 7 REFUSED_STREAM"}));
}

TEST(session, tells_a_head_that_is_too_large) {
  server one({.max_head = 1000});
  const std::string long_value(900, 'x');
  EXPECT_TRUE(one.feed(headers(1,
                               {{":method", "GET"},
                                {":scheme", "http"},
                                {":path", "/"},
                                {":authority", "localhost"},
                                {"a", long_value},
                                {"b", "2"}},
                               end_headers | end_stream)));
  EXPECT_EQ(one.told.take(), (words{"request 1 GET  localhost/ end too large"}));
}

// --- answers ---

TEST(session, sends_a_body_that_is_larger_than_the_window_as_it_opens) {
  server one;
  one.told.on_asked = [&one](stream_id id, const request_head&) {
    one.at.respond(id, 200, {}, as_bytes("0123456789abcdef"));
  };
  one.feed(settings({{initial_window, 10}}) + get(1));
  EXPECT_EQ(one.sent(), (words{"SETTINGS 0 ACK", "HEADERS 1", "DATA 1 0123456789"}));
  EXPECT_TRUE(one.at.is_holding());
  one.feed(window_update(1, 5));
  EXPECT_EQ(one.sent(), words{"DATA 1 abcde"});
  one.feed(window_update(1, 5));
  EXPECT_EQ(one.sent(), (words{"DATA 1 f", "DATA 1  END_STREAM"}));
  EXPECT_FALSE(one.at.is_holding());
}

TEST(session, answers_later_and_not_when_the_request_is_gone) {
  server one;
  one.feed(get(1) + get(3) + reset(3));
  EXPECT_TRUE(one.at.is_open(1));
  EXPECT_FALSE(one.at.is_open(3));
  one.at.respond(1, 200, {}, as_bytes("here"));
  one.at.respond(3, 200, {}, as_bytes("late"));
  EXPECT_EQ(one.sent(), (words{"HEADERS 1", "DATA 1 here", "DATA 1  END_STREAM"}));
  EXPECT_FALSE(one.at.is_holding());
}

TEST(session, tells_the_end_of_a_request_that_ends_at_once) {
  server one;
  accept_all(one);
  one.feed(connect(1, "websocket", end_headers | end_stream));
  EXPECT_EQ(one.told.take(), (words{"request 1 CONNECT websocket localhost/room end", "end 1"}));
}

TEST(session, waits_for_the_final_response_and_ignores_trailers) {
  end client(side::client);
  client.feed(settings({{enable_connect, 1}}));
  client.ask(asked);
  client.told.events.clear();
  client.feed(headers(1, {{":status", "103"}, {"link", "x"}}));
  EXPECT_EQ(client.told.take(), words{});
  client.feed(headers(1, {{":status", "200"}, {"accept", "x"}}) + data(1, "hello") +
              headers(1, {{"grpc-status", "0"}}, end_headers | end_stream));
  EXPECT_EQ(client.told.take(), (words{"response 1 200 accept=x", "data 1 hello", "end 1"}));
  server one;
  accept_all(one);
  one.feed(connect(1) + data(1, "hello") + headers(1, {{"a", "b"}}, end_headers | end_stream));
  EXPECT_EQ(one.told.take(), (words{"request 1 CONNECT websocket localhost/room", "data 1 hello", "end 1"}));
}

// --- how streams and connections end ---

TEST(session, parts_with_an_end_and_a_reset_if_the_peer_has_not_ended) {
  server one;
  accept_all(one);
  one.feed(connect(1) + connect(3));
  one.take_output();
  one.write(1, "bye");
  one.at.part(one.way(1));
  EXPECT_EQ(one.sent(), (words{"DATA 1 bye", "DATA 1  END_STREAM", "RST_STREAM 1 NO_ERROR"}));
  one.feed(data(3, "", end_stream));
  one.at.part(one.way(3));
  EXPECT_EQ(one.sent(), words{"DATA 3  END_STREAM"});
  EXPECT_FALSE(one.told.heard("closed 1 NO_ERROR"));
  EXPECT_FALSE(one.told.heard("closed 3 NO_ERROR"));
}

TEST(session, parts_within_feed_after_what_was_written) {
  server one;
  accept_all(one);
  one.told.on_said = [&one](stream_id id, std::string_view) {
    one.write(id, "bye");
    one.at.part(one.way(id));
  };
  one.feed(connect(1) + data(1, "go") + data(1, "on"));
  EXPECT_EQ(one.sent(), (words{"HEADERS 1", "DATA 1 bye", "DATA 1  END_STREAM", "RST_STREAM 1 NO_ERROR"}));
  EXPECT_EQ(one.told.take(), (words{"request 1 CONNECT websocket localhost/room", "data 1 go"}));
}

TEST(session, parts_when_it_has_finished_before) {
  server one;
  accept_all(one);
  one.feed(connect(1));
  one.at.finish(one.way(1));
  one.take_output();
  one.at.part(one.way(1));
  EXPECT_EQ(one.sent(), words{"RST_STREAM 1 NO_ERROR"});
}

TEST(session, ends_streams_although_settings_open_no_window) {
  server one;
  one.told.on_asked = [&one](stream_id id, const request_head& asks) {
    if (asks.protocol.empty()) {
      one.at.respond(id, 200, {}, as_bytes("a page"));
    } else {
      one.accept(id);
    }
  };
  one.feed(settings({{initial_window, 0}}) + connect(1) + get(3) + window_update(1, 5) + window_update(3, 100));
  EXPECT_EQ(one.write(1, "hello"), 5U);
  one.at.part(one.way(1));
  EXPECT_EQ(one.sent(), (words{"SETTINGS 0 ACK", "HEADERS 1", "HEADERS 3", "DATA 3 a page", "DATA 3  END_STREAM",
                               "DATA 1 hello", "DATA 1  END_STREAM", "RST_STREAM 1 NO_ERROR"}));
}

TEST(session, ends_streams_although_later_settings_take_their_windows_in_the_middle_of_a_frame) {
  server one;
  accept_all(one);
  const auto late = frame(0x77, 0, 0, "unknown");
  one.feed(connect(1) + settings({{initial_window, 0}}) + late.substr(0, 12));
  one.at.part(one.way(1));
  EXPECT_EQ(one.sent(), (words{"SETTINGS 0 ACK", "HEADERS 1"}));
  EXPECT_TRUE(one.feed(late.substr(12))) << one.at.failure();
  EXPECT_EQ(one.sent(), (words{"DATA 1  END_STREAM", "RST_STREAM 1 NO_ERROR"}));
}

TEST(session, tells_ends_and_resets_apart) {
  server one;
  accept_all(one);
  one.feed(connect(1) + data(1, "", end_stream));
  one.feed(connect(3) + reset(3, error_code::internal_error));
  one.feed(connect(5) + data(5, "x", end_stream) + reset(5));
  EXPECT_EQ(one.told.take(),
            (words{"request 1 CONNECT websocket localhost/room", "end 1", "request 3 CONNECT websocket localhost/room",
                   "closed 3 INTERNAL_ERROR", "request 5 CONNECT websocket localhost/room", "data 5 x", "end 5",
                   "closed 5 CANCEL"}));
}

TEST_F(pair_of, go_away_and_end_when_the_last_stream_has) {
  open();
  server_.at.go_away();
  pump(client_, server_);
  EXPECT_EQ(client_.told.take(), words{"going away 1 NO_ERROR "});
  EXPECT_FALSE(server_.at.has_ended());
  EXPECT_EQ(client_.write(1, "still"), 5U);
  client_.at.finish(client_.way(1));
  server_.at.finish(server_.way(1));
  pump(client_, server_);
  EXPECT_TRUE(server_.told.heard("data 1 still"));
  EXPECT_TRUE(server_.at.has_ended());
  EXPECT_TRUE(client_.at.has_ended());
  EXPECT_EQ(client_.at.failure() + server_.at.failure(), "");
}

TEST(session, tells_a_client_which_requests_were_not_looked_at) {
  end client(side::client);
  client.feed(settings({{enable_connect, 1}}));
  client.ask(asked);
  client.ask(asked);
  client.told.events.clear();
  client.feed(go_away(1, error_code::no_error));
  EXPECT_EQ(client.told.take(), (words{"going away 1 NO_ERROR ", "closed 3 REFUSED_STREAM"}));
}

TEST(session, terminates_with_a_reason) {
  server one;
  one.at.terminate(error_code::settings_timeout, "too late");
  EXPECT_EQ(one.sent(), words{"GOAWAY 0 SETTINGS_TIMEOUT"});
  EXPECT_EQ(one.at.failure(), "SETTINGS_TIMEOUT: too late");
  EXPECT_TRUE(one.at.has_ended());
  EXPECT_FALSE(one.feed(connect(1)));
  EXPECT_EQ(one.sent(), words{});
}

TEST(session, answers_a_ping) {
  server one;
  one.feed(ping());
  EXPECT_EQ(one.take_output(), frame(6, ack, 0, "12345678"));
  one.at.ping();
  EXPECT_EQ(one.sent(), words{"PING 0"});
}

TEST(session, takes_the_last_stream_that_can_be_numbered) {
  server one;
  accept_all(one);
  EXPECT_TRUE(one.feed(connect(0x7fffffff)));
  EXPECT_TRUE(one.told.heard("request 2147483647 CONNECT websocket localhost/room"));
}

}  // namespace
}  // namespace peregrine::http2
