// What a hostile peer can do to a session: each attack ends in GOAWAY(ENHANCE_YOUR_CALM) and a failure that names it,
// before it has cost more than a little memory. What honest peers do goes on.
#include "peregrine/http2/frames_test.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#ifdef __SANITIZE_ADDRESS__
// GCC comes without the header that declares it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // NOLINT: the name is the sanitizer's
#endif

namespace peregrine::http2 {
namespace {

using namespace by_hand;

// Bytes on the heap, nghttp2's included.
std::size_t allocated() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

constexpr std::size_t most_memory = std::size_t{1024} * 1024;

stream_id stream_of(std::size_t round) {
  return static_cast<stream_id>(2 * round + 1);
}

struct attacked : end, testing::Test {
  attacked() : end(side::server, {.stream_window = 1000}) {
    told.on_asked = [this](stream_id id, const request_head& asked) {
      if (asked.protocol.empty()) {
        at.respond(id, 200, {}, as_bytes("a page"));
      } else {
        accept(id);
      }
    };
    feed(std::string(preface) + settings() + frame(4, ack, 0, ""));
  }

  // `round` after round, none of which is read by the attacker.
  template <class Round>
  void expect_calmed(std::string_view name, Round round) {
    const auto before = allocated();
    std::size_t most = before;
    bool goes_on = true;
    for (std::size_t i = 0; i < 100'000 && goes_on; ++i) {
      goes_on = feed(round(i));
      told.events.clear();
      told.events.shrink_to_fit();
      most = std::max(most, allocated());
    }
    EXPECT_FALSE(goes_on);
    EXPECT_LT(most - before, most_memory);
    expect_failure("ENHANCE_YOUR_CALM", name);
  }

  void expect_failure(std::string_view code, std::string_view name) {
    EXPECT_TRUE(at.failure().starts_with(code)) << at.failure();
    EXPECT_NE(at.failure().find(name), std::string::npos) << at.failure();
    const auto last = sent();
    ASSERT_FALSE(last.empty());
    EXPECT_TRUE(last.back().starts_with("GOAWAY 0 ") && last.back().ends_with(code)) << last.back();
    EXPECT_TRUE(at.has_ended());
  }
};

TEST_F(attacked, by_rapid_reset_CVE_2023_44487) {
  expect_calmed("rapid reset", [](std::size_t i) { return connect(stream_of(i)) + reset(stream_of(i)); });
}

TEST_F(attacked, by_rapid_reset_of_ordinary_requests_CVE_2023_44487) {
  expect_calmed("rapid reset", [](std::size_t i) { return get(stream_of(i)) + reset(stream_of(i)); });
}

// --- CVE-2025-8671: what makes us reset ---

TEST_F(attacked, by_made_you_reset_with_windows_that_overflow_CVE_2025_8671) {
  expect_calmed("CVE-2025-8671",
                [](std::size_t i) { return connect(stream_of(i)) + window_update(stream_of(i), 0x7fffffff); });
}

TEST_F(attacked, by_made_you_reset_with_bad_fields_CVE_2025_8671) {
  expect_calmed("CVE-2025-8671", [](std::size_t i) {
    return headers(stream_of(i), {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"Upper", "case"}});
  });
}

TEST_F(attacked, by_made_you_reset_without_a_path_CVE_2025_8671) {
  expect_calmed("CVE-2025-8671", [](std::size_t i) {
    return headers(stream_of(i), {{":method", "GET"}, {":scheme", "http"}});
  });
}

TEST_F(attacked, by_made_you_reset_with_windows_that_open_by_nothing_CVE_2025_8671) {
  expect_calmed("CVE-2025-8671", [](std::size_t i) { return connect(stream_of(i)) + window_update(stream_of(i), 0); });
}

TEST_F(attacked, by_made_you_reset_with_less_content_than_its_length_CVE_2025_8671) {
  expect_calmed("CVE-2025-8671", [](std::size_t i) {
    return headers(
        stream_of(i),
        {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}, {"content-length", "1"}},
        end_headers | end_stream);
  });
}

TEST_F(attacked, by_made_you_reset_with_data_beyond_the_window_CVE_2025_8671) {
  expect_calmed("CVE-2025-8671",
                [](std::size_t i) { return connect(stream_of(i)) + data(stream_of(i), std::string(1001, 'x')); });
}

TEST_F(attacked, by_made_you_reset_with_trailers_that_do_not_end_CVE_2025_8671) {
  expect_calmed("CVE-2025-8671", [](std::size_t i) {
    return connect(stream_of(i)) + headers(stream_of(i), {{"a", "b"}});
  });
}

// The engine takes these for errors of the connection: there is no second one.
struct attacked_once : attacked, testing::WithParamInterface<std::tuple<std::string, std::string>> {};
INSTANTIATE_TEST_SUITE_P(
    CVE_2025_8671, attacked_once,
    testing::Values(std::tuple{window_update(0, 0), "PROTOCOL_ERROR"},
                    std::tuple{window_update(0, 0x7fffffff), "FLOW_CONTROL_ERROR"},
                    std::tuple{data(1, "", end_stream) + data(1, "x"), "STREAM_CLOSED"},
                    std::tuple{data(1, "", end_stream) + headers(1, {{"a", "b"}}), "STREAM_CLOSED"},
                    std::tuple{data(9, "x"), "PROTOCOL_ERROR"}, std::tuple{reset(9), "PROTOCOL_ERROR"},
                    std::tuple{frame(8, 0, 1, "123"), "FRAME_SIZE_ERROR"},
                    std::tuple{frame(2, 0, 1, "123"), "FRAME_SIZE_ERROR"},
                    std::tuple{frame(5, end_headers, 1, "1234"), "PROTOCOL_ERROR"},
                    std::tuple{frame(9, 0, 1, ""), "PROTOCOL_ERROR"}));

TEST_P(attacked_once, ends_the_connection_at_once) {
  const auto& [what, code] = GetParam();
  EXPECT_FALSE(feed(connect(1) + what));
  EXPECT_TRUE(at.failure().starts_with(code + ": ") && at.failure().size() > code.size() + 3) << at.failure();
  EXPECT_TRUE(sent().back().ends_with(code));
}

// --- floods ---

struct flood {
  std::string name;
  std::string once;   // before it
  std::string frame;  // again and again
};

void PrintTo(const flood& one, std::ostream* out) {
  *out << one.name;
}

struct flooded : attacked, testing::WithParamInterface<flood> {};

INSTANTIATE_TEST_SUITE_P(
    frames, flooded,
    testing::Values(
        flood{"CVE-2019-9515", "", settings()}, flood{"CVE-2019-9515", "", settings({{initial_window, 9}})},
        flood{"CVE-2019-9515", "", frame(4, ack, 0, "")}, flood{"CVE-2019-9512", "", ping()},
        flood{"CVE-2019-9512", "", frame(6, ack, 0, "12345678")}, flood{"CVE-2019-9513", "", priority(1, 0)},
        flood{"CVE-2019-9513", "", priority(1, 1)}, flood{"CVE-2019-9513", "", frame(0x10, 0, 0, number(1, 4) + "u=1")},
        flood{"CVE-2019-9518", connect(1), data(1, "")},
        flood{"CVE-2019-9518", connect(1), frame(0, padded, 1, "\x03"s + "\0\0\0"s)},
        flood{"CVE-2019-9518", get(1) + reset(1), data(1, "")},
        flood{"CVE-2019-9518", connect(1) + reset(1), data(1, "", end_stream)},
        flood{"CVE-2019-9518", connect(1) + reset(1), headers(1, {{"a", "b"}})},
        flood{"CVE-2019-9517", "", window_update(0, 1)}, flood{"CVE-2019-9517", connect(1), window_update(1, 1)},
        flood{"CVE-2019-9517", connect(1) + reset(1), window_update(1, 1)}, flood{"rapid reset", connect(1), reset(1)},
        flood{"say nothing", "", frame(0x77, 0, 0, "")}, flood{"say nothing", "", go_away(0, error_code::no_error)}));

TEST_P(flooded, is_calmed) {
  feed(GetParam().once);
  expect_calmed(GetParam().name, [](std::size_t) { return repeated(GetParam().frame, 10); });
}

TEST_P(flooded, is_calmed_however_the_bytes_are_cut) {
  feed(GetParam().once);
  const auto flood = repeated(GetParam().frame, 3000);
  EXPECT_FALSE(feed(flood, 7));
  expect_failure("ENHANCE_YOUR_CALM", GetParam().name);
}

TEST_F(attacked, by_streams_beyond_the_limit_for_ever) {
  std::string all;
  for (std::size_t i = 0; i < 128; ++i) all += connect(stream_of(i));
  EXPECT_TRUE(feed(all));
  expect_calmed("streams beyond the limit", [](std::size_t i) { return connect(stream_of(128 + i)); });
}

// --- heads ---

TEST_F(attacked, by_a_flood_of_continuations_CVE_2024_28182) {
  feed(headers(1, {{":method", "GET"}}, 0));
  expect_calmed("CVE-2024-28182", [](std::size_t) { return frame(9, 0, 1, block({{"a", "b"}})); });
}

TEST_F(attacked, by_a_flood_of_empty_continuations_CVE_2024_28182) {
  feed(headers(1, {{":method", "GET"}}, 0));
  expect_calmed("CVE-2024-28182", [](std::size_t) { return frame(9, 0, 1, ""); });
}

TEST_F(attacked, by_a_head_of_too_many_fields) {
  feed(headers(1, {{":method", "GET"}}, 0));
  expect_calmed("unpacks to more than", [](std::size_t) { return frame(9, 0, 1, repeated(block({{"a", ""}}), 2000)); });
}

TEST_F(attacked, by_a_head_of_long_fields) {
  feed(headers(1, {{":method", "GET"}}, 0));
  expect_calmed("unpacks to more than", [](std::size_t) {
    return frame(9, 0, 1, block({{"a", std::string(16'000, 'x')}}));
  });
}

// A field of 4,000 bytes in the dynamic table, and a thousand times one byte that stands for it (RFC 7541 §6.1).
std::string bomb() {
  return "\x40" + text("a") + text(std::string(4000, 'x')) + std::string(1000, '\xbe');
}

TEST_F(attacked, by_an_hpack_bomb) {
  expect_calmed("unpacks to more than", [](std::size_t i) {
    return frame(1, end_headers, stream_of(i),
                 block({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}}) + bomb());
  });
}

TEST_F(attacked, by_an_hpack_bomb_in_trailers) {
  feed(connect(1));
  expect_calmed("unpacks to more than", [](std::size_t) { return frame(1, end_headers | end_stream, 1, bomb()); });
}

TEST(attacked_client, by_an_hpack_bomb) {
  end client(side::client);
  client.feed(settings({{enable_connect, 1}}));
  client.ask(
      {.method = "CONNECT", .scheme = "http", .authority = "a", .path = "/", .protocol = "websocket", .head = {}});
  EXPECT_FALSE(client.feed(frame(1, end_headers, 1, block({{":status", "200"}}) + bomb())));
  EXPECT_NE(client.at.failure().find("unpacks to more than"), std::string::npos);
}

TEST(attacked_client, by_interim_responses_for_ever) {
  end client(side::client);
  client.feed(settings({{enable_connect, 1}}));
  client.ask(
      {.method = "CONNECT", .scheme = "http", .authority = "a", .path = "/", .protocol = "websocket", .head = {}});
  EXPECT_FALSE(client.feed(repeated(headers(1, {{":status", "103"}}), 1000)));
  EXPECT_TRUE(client.at.failure().starts_with("ENHANCE_YOUR_CALM")) << client.at.failure();
}

// --- honest peers ---

using honest = attacked;

TEST_F(honest, peer_updates_both_windows_for_every_frame) {  // python3-h2
  feed(connect(1));
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(write(1, "a message of the room"), 21U);
    take_output();
    ASSERT_TRUE(feed(window_update(0, 21) + window_update(1, 21))) << at.failure();
  }
}

TEST_F(honest, peer_aborts_all_of_its_streams_at_once_a_few_times) {
  std::size_t next = 0;
  for (int i = 0; i < 5; ++i) {
    std::string opened;
    std::string aborted;
    for (int j = 0; j < 128; ++j, ++next) {
      opened += connect(stream_of(next));
      aborted += reset(stream_of(next));
    }
    ASSERT_TRUE(feed(opened)) << at.failure();
    ASSERT_TRUE(feed(aborted)) << at.failure();
    take_output();
  }
}

TEST_F(honest, browser_sends_priorities_with_each_request) {
  for (std::size_t i = 0; i < 900; ++i) {
    ASSERT_TRUE(feed(priority(stream_of(i), 0) + get(stream_of(i)))) << at.failure();
    take_output();
  }
}

TEST_F(honest, peer_opens_and_ends_one_websocket_after_the_other) {
  for (std::size_t i = 0; i < 5000; ++i) {
    ASSERT_TRUE(feed(connect(stream_of(i)) + data(stream_of(i), "x") + data(stream_of(i), "", end_stream)))
        << at.failure();
    at.part(way(stream_of(i)));
    told.events.clear();
    take_output();
  }
}

TEST_F(honest, peer_pings_every_second_and_changes_its_settings_now_and_then) {
  for (std::uint64_t second = 0; second < 3600; ++second) {
    ASSERT_TRUE(feed(ping() + (second % 10 == 0 ? settings() : ""), SIZE_MAX, second * 1000)) << at.failure();
    take_output();
  }
}

TEST(honest_server, resets_each_stream_that_it_has_answered) {
  end client(side::client);
  client.feed(settings({{enable_connect, 1}}));
  for (int i = 0; i < 5000; ++i) {
    const auto id = client.ask(
        {.method = "CONNECT", .scheme = "http", .authority = "a", .path = "/", .protocol = "websocket", .head = {}});
    ASSERT_TRUE(client.feed(headers(id, {{":status", "200"}}) + data(id, "bye") + data(id, "", end_stream) +
                            reset(id, error_code::no_error)))
        << client.at.failure();
    client.take_output();
  }
}

}  // namespace
}  // namespace peregrine::http2
