#include "peregrine/http/http1.hpp"

#include "peregrine/http/url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace peregrine::http {
namespace {

constexpr std::uint32_t limit = 1024;

const std::string head =
    "GET /room/a?x=1 HTTP/1.1\r\nHost: example.org:8080\r\nUpgrade: websocket\r\nconnection:keep-alive, Upgrade \t\r\n"
    "Empty:\r\nOrigin: http://example.org\r\n\r\n";

void expect_the_head(const request& read) {
  EXPECT_EQ(read.method, "GET");
  EXPECT_EQ(read.target, "/room/a?x=1");
  EXPECT_EQ(read.path, "/room/a");
  EXPECT_EQ(read.query, "x=1");
  EXPECT_EQ(read.version_minor, 1);
  ASSERT_EQ(read.head.size(), 5u);
  EXPECT_EQ(find(read.head, "HOST"), "example.org:8080");
  EXPECT_EQ(find(read.head, "Connection"), "keep-alive, Upgrade");
  EXPECT_EQ(find(read.head, "empty"), "");
  EXPECT_EQ(find(read.head, "origin"), "http://example.org");
}

TEST(head_parser, reads_a_head_and_leaves_what_follows) {
  head_parser parser(head_parser::kind::request, limit);
  std::size_t used = 0;
  const std::string text = head + "\x81\x05hello";
  ASSERT_EQ(parser.feed(as_bytes(text), used), head_parser::outcome::complete);
  EXPECT_EQ(used, head.size());
  expect_the_head(parser.as_request());
}

TEST(head_parser, reads_it_cut_at_any_two_places) {
  for (std::size_t a = 1; a < head.size(); ++a) {
    for (std::size_t b = a; b < head.size(); b += 7) {
      head_parser parser(head_parser::kind::request, limit);
      std::size_t used = 0;
      const std::string first = head.substr(0, a), second = head.substr(a, b - a), third = head.substr(b) + "rest";
      ASSERT_EQ(parser.feed(as_bytes(first), used), head_parser::outcome::need_more);
      if (!second.empty()) {
        ASSERT_EQ(parser.feed(as_bytes(second), used), head_parser::outcome::need_more);
      }
      ASSERT_EQ(parser.feed(as_bytes(third), used), head_parser::outcome::complete);
      EXPECT_EQ(used, third.size() - 4);
      expect_the_head(parser.as_request());
    }
  }
}

TEST(head_parser, reads_a_byte_at_a_time) {
  head_parser parser(head_parser::kind::request, limit);
  std::size_t used = 0;
  for (std::size_t i = 0; i < head.size(); ++i) {
    const std::string one(1, head[i]);
    ASSERT_EQ(parser.feed(as_bytes(one), used),
              i + 1 == head.size() ? head_parser::outcome::complete : head_parser::outcome::need_more);
  }
  expect_the_head(parser.as_request());
}

TEST(head_parser, reads_a_response) {
  head_parser parser(head_parser::kind::response, limit);
  std::size_t used = 0;
  ASSERT_EQ(parser.feed(as_bytes("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhello"), used),
            head_parser::outcome::complete);
  EXPECT_EQ(parser.as_response().status, 403);
}

struct bad {
  std::string text;
  int status;
};

TEST(head_parser, refuses_what_is_malformed_at_whatever_byte_it_is_cut) {
  const std::string many = [] {
    std::string fields;
    for (int i = 0; i < 65; ++i) fields += "a: b\r\n";
    return fields;
  }();
  for (const auto& each : std::vector<bad>{
           {"\x16\x03\x01\x02garbage of TLS", 400},
           {"GET / HTTP/1.1\r\nbad name: x\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nname : x\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nname: one\r\n two\r\n\r\n", 400},
           {"GET / HTTP/1.1\r\nname: \x01\r\n\r\n", 400},
           {"GET / HTTP/7.7\r\n\r\n", 505},
           {"FETCH / HTTP/1.1\r\n\r\n", 400},
           {"GET /" + std::string(limit, 'a') + " HTTP/1.1\r\n\r\n", 431},
           {"GET / HTTP/1.1\r\n" + many + "\r\n", 431},
       }) {
    for (const bool cut : {false, true}) {
      head_parser parser(head_parser::kind::request, limit);
      std::size_t used = 0;
      auto now = head_parser::outcome::need_more;
      const std::size_t step = cut ? 1 : each.text.size();
      for (std::size_t i = 0; i < each.text.size() && now == head_parser::outcome::need_more; i += step) {
        now = parser.feed(as_bytes(each.text).subspan(i, step), used);
      }
      EXPECT_EQ(now, head_parser::outcome::malformed) << each.text;
      EXPECT_EQ(parser.status(), each.status) << each.text << parser.why();
      EXPECT_FALSE(parser.why().empty());
    }
  }
}

TEST(message, splits_targets) {
  const auto path_of = [](std::string_view target) {
    request r;
    r.target = target;
    split_target(r);
    return std::string(r.path) + "|" + std::string(r.query);
  };
  EXPECT_EQ(path_of("/"), "/|");
  EXPECT_EQ(path_of("/a/b?c=d?e"), "/a/b|c=d?e");
  EXPECT_EQ(path_of("http://example.org/a"), "/a|");
  EXPECT_EQ(path_of("http://example.org"), "/|");
  EXPECT_EQ(path_of("http://example.org?q"), "/|q");
  EXPECT_EQ(path_of("*"), "/|");
}

TEST(url, reads_what_it_should) {
  const auto one = url::parse("ws://127.0.0.1:8080/room?a=b#c");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->host, "127.0.0.1");
  EXPECT_EQ(one->port, 8080);
  EXPECT_EQ(one->target, "/room?a=b");
  EXPECT_EQ(one->authority(), "127.0.0.1:8080");
  const auto two = url::parse("WSS://[::1]");
  ASSERT_TRUE(two);
  EXPECT_TRUE(two->is_secure);
  EXPECT_EQ(two->port, 443);
  EXPECT_EQ(two->target, "/");
  EXPECT_EQ(two->authority(), "[::1]");
  const auto three = url::parse("http://host?q");
  ASSERT_TRUE(three);
  EXPECT_EQ(three->target, "/?q");
}

TEST(url, decodes_what_is_written_with_percent_signs) {
  EXPECT_EQ(percent_decoded("/a%20b%2Fc"), "/a b/c");
  EXPECT_EQ(percent_decoded(""), "");
  EXPECT_EQ(percent_decoded("%c3%A4"), "ä");
  for (const auto* text : {"%", "a%2", "%g0", "%-1", "% 1"}) EXPECT_FALSE(percent_decoded(text)) << text;
}

TEST(url, says_what_is_wrong) {
  for (const auto* text : {"", "127.0.0.1:80", "ftp://host", "ws://", "ws://:80", "ws://host:99999", "ws://host:x",
                           "ws://[::1", "ws://[::1]x", "ws://user@host", "ws://host/a b"}) {
    const auto refused = url::parse(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_NE(refused.error().message.find("ws://127.0.0.1:8080/room"), std::string::npos);
  }
  EXPECT_NE(url::parse("ws://host/caf\xC3\xA9").error().message.find("beyond ASCII"), std::string::npos);
  EXPECT_NE(url::parse("ws://host/\x7f").error().message.find("a control character"), std::string::npos);
}

}  // namespace
}  // namespace peregrine::http
