#include "peregrine/websocket/handshake.hpp"

#include <gtest/gtest.h>

#include <set>

namespace peregrine::websocket {
namespace {

using namespace std::string_literals;

// RFC 6455 §1.2
const std::vector<field> good{{"Host", "server.example.com"},
                              {"Upgrade", "websocket"},
                              {"Connection", "Upgrade"},
                              {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                              {"Origin", "http://server.example.com"},
                              {"Sec-WebSocket-Protocol", "chat, superchat"},
                              {"Sec-WebSocket-Version", "13"}};

// The fields with one of that name replaced; without a value it is left out.
std::vector<field> with(std::vector<field> head, std::string_view name, const char* value) {
  std::erase_if(head, [name](const field& each) { return each.name == name; });
  if (value) head.push_back({name, value});
  return head;
}

std::vector<field> twice(std::vector<field> head, std::string_view name) {
  head.push_back({name, *find(head, name)});
  return head;
}

int status(const std::vector<field>& head, const handshake_options& options = {}) {
  const auto outcome = check_opening({.method = "GET", .head = head}, options);
  const auto* refused = std::get_if<refusal>(&outcome);
  return refused ? refused->status : 101;
}

TEST(handshake, the_rfcs_example) {
  const handshake_options options{.subprotocols = {"chat"}};
  const auto outcome = check_opening({.method = "GET", .head = good}, options);
  const auto* agreed = std::get_if<accepted>(&outcome);
  ASSERT_TRUE(agreed);
  std::string answer;
  append_acceptance(answer, *agreed);
  EXPECT_EQ(answer,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
}

TEST(handshake, the_server_refuses) {
  const struct {
    std::string_view what;
    std::vector<field> head;
    int status;
  } rows[] = {
      {"as it should be", good, 101},
      {"names and tokens in any case",
       with(with(with(good, "Upgrade", nullptr), "UPGRADE", "WebSocket"), "Connection", "keep-alive, UPGRADE"), 101},
      {"no Upgrade", with(good, "Upgrade", nullptr), 426},
      {"another Upgrade", with(good, "Upgrade", "h2c"), 426},
      {"one of several", with(good, "Upgrade", "h2c, websocket"), 101},
      {"no Connection", with(good, "Connection", nullptr), 426},
      {"another Connection", with(good, "Connection", "keep-alive"), 426},
      {"not quite", with(good, "Connection", "upgraded"), 426},
      {"no Host", with(good, "Host", nullptr), 400},
      {"empty Host", with(good, "Host", ""), 400},
      {"two Hosts", twice(good, "Host"), 400},
      {"no version", with(good, "Sec-WebSocket-Version", nullptr), 426},
      {"version 8", with(good, "Sec-WebSocket-Version", "8"), 426},
      {"version 013", with(good, "Sec-WebSocket-Version", "013"), 426},
      {"two versions", twice(good, "Sec-WebSocket-Version"), 426},
      {"no key", with(good, "Sec-WebSocket-Key", nullptr), 400},
      {"two keys", twice(good, "Sec-WebSocket-Key"), 400},
      {"short key", with(good, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j"), 400},
      {"long key", with(good, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZSB4"), 400},
      {"key not base64", with(good, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j_Q=="), 400},
      {"two Origins", twice(good, "Origin"), 400},
      {"subprotocols not tokens", with(good, "Sec-WebSocket-Protocol", "a b"), 400},
      {"extensions not well-formed", with(good, "Sec-WebSocket-Extensions", "a;"), 400},
      {"unknown extensions", with(good, "Sec-WebSocket-Extensions", "a; b=c"), 101},
  };
  for (const auto& each : rows) EXPECT_EQ(status(each.head), each.status) << each.what;
}

TEST(handshake, methods_and_versions) {
  const auto outcome = [](std::string_view method, int major, int minor) {
    const auto checked =
        check_opening({.method = method, .version_major = major, .version_minor = minor, .head = good}, {});
    const auto* refused = std::get_if<refusal>(&checked);
    return refused ? *refused : refusal{101, "", {}};
  };
  EXPECT_EQ(outcome("GET", 1, 1).status, 101);
  EXPECT_EQ(outcome("GET", 1, 0).status, 400);
  EXPECT_EQ(outcome("GET", 0, 9).status, 505);
  EXPECT_EQ(outcome("GET", 2, 0).status, 505);
  EXPECT_EQ(outcome("get", 1, 1).status, 405);
  const auto post = outcome("POST", 1, 1);
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(find(post.extra, "Allow"), "GET");
}

TEST(handshake, a_refusal_tells_what_is_expected) {
  const auto checked = check_opening({.method = "GET", .head = with(good, "Sec-WebSocket-Version", "8")}, {});
  EXPECT_EQ(find(std::get<refusal>(checked).extra, "Sec-WebSocket-Version"), "13");
  const auto page = std::vector<field>{{"Host", "x"}};
  const auto plain = check_opening({.method = "GET", .head = page}, {});
  EXPECT_EQ(find(std::get<refusal>(plain).extra, "Upgrade"), "websocket");
  EXPECT_EQ(find(std::get<refusal>(plain).extra, "Connection"), "Upgrade");
}

TEST(handshake, origins) {
  const auto from = [](const char* origin, const char* host, std::vector<std::string> allowed = {}) {
    return status(with(with(good, "Origin", origin), "Host", host), {.origins = std::move(allowed)});
  };
  EXPECT_EQ(from("http://a.example", "a.example"), 101);
  EXPECT_EQ(from("https://A.example", "a.EXAMPLE"), 101);
  EXPECT_EQ(from("http://a.example:8080", "a.example:8080"), 101);
  EXPECT_EQ(from("https://a.example", "a.example:443"), 101);
  EXPECT_EQ(from("http://a.example:80", "a.example"), 101);
  EXPECT_EQ(from("http://[::1]:8080", "[::1]:8080"), 101);
  EXPECT_EQ(from(nullptr, "a.example"), 101);  // no browser
  EXPECT_EQ(from("http://a.example:8080", "a.example"), 403);
  EXPECT_EQ(from("http://a.example:443", "a.example"), 403);
  EXPECT_EQ(from("http://b.example", "a.example"), 403);
  EXPECT_EQ(from("http://a.example.evil", "a.example"), 403);
  EXPECT_EQ(from("null", "a.example"), 403);
  EXPECT_EQ(from("", "a.example"), 403);
  EXPECT_EQ(from("https://b.example", "a.example", {"https://c.example", "https://b.example"}), 101);
  EXPECT_EQ(from("http://b.example", "a.example", {"https://b.example"}), 403);
  EXPECT_EQ(from("http://a.example", "a.example", {"https://b.example"}), 101)
      << "the server's own pages are there too";
  EXPECT_EQ(from("null", "a.example", {"*"}), 101);
}

TEST(handshake, the_server_prefers_its_own_order_of_subprotocols) {
  const auto chosen = [](std::vector<field> head, std::vector<std::string> ours) {
    const handshake_options options{.subprotocols = std::move(ours)};
    const auto outcome = check_opening({.method = "GET", .head = head}, options);
    return std::string(std::get<accepted>(outcome).subprotocol);
  };
  EXPECT_EQ(chosen(good, {"superchat", "chat"}), "superchat");
  EXPECT_EQ(chosen(good, {"chat", "superchat"}), "chat");
  EXPECT_EQ(chosen(good, {"Chat"}), "");
  EXPECT_EQ(chosen(good, {}), "");
  auto over_two_fields = with(good, "Sec-WebSocket-Protocol", "a");
  over_two_fields.push_back({"Sec-WebSocket-Protocol", "b"});
  EXPECT_EQ(chosen(over_two_fields, {"b", "a"}), "b");
}

TEST(handshake, deflate_is_off_unless_asked_for_on_both_sides) {
  auto offering = with(good, "Sec-WebSocket-Extensions", "x-other");
  offering.push_back({"Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"});
  const auto outcome = [](const std::vector<field>& head, const handshake_options& options) {
    return std::get<accepted>(check_opening({.method = "GET", .head = head}, options)).deflate;
  };
  EXPECT_EQ(outcome(offering, {}), std::nullopt);
  EXPECT_EQ(outcome(good, {.deflate = stateless_deflate}), std::nullopt);
  EXPECT_EQ(outcome(offering, {.deflate = stateless_deflate}), stateless_deflate);
  std::string answer;
  append_acceptance(answer, {.key = "x", .deflate = stateless_deflate}, std::vector<field>{{"Server", "peregrine"}});
  EXPECT_NE(answer.find("\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                        "client_no_context_takeover\r\nServer: peregrine\r\n\r\n"),
            std::string::npos);
}

TEST(handshake, extended_connect) {
  const std::vector<field> head{
      {"sec-websocket-version", "13"}, {"origin", "https://a.example"}, {"sec-websocket-protocol", "chat"}};
  const auto outcome = [](std::string_view method, std::string_view protocol, std::string_view authority,
                          const std::vector<field>& fields) {
    const handshake_options options{.subprotocols = {"chat"}};
    const auto checked =
        check_opening({handshake_kind::extended_connect, method, 2, 0, authority, protocol, fields}, options);
    const auto* refused = std::get_if<refusal>(&checked);
    return refused ? refused->status : std::get<accepted>(checked).subprotocol == "chat" ? 200 : 0;
  };
  EXPECT_EQ(outcome("CONNECT", "websocket", "a.example", head), 200);
  EXPECT_EQ(outcome("CONNECT", "WebSocket", "a.example:443", head), 200);
  EXPECT_EQ(outcome("GET", "websocket", "a.example", head), 405);
  EXPECT_EQ(outcome("CONNECT", "connect-udp", "a.example", head), 501);
  EXPECT_EQ(outcome("CONNECT", "websocket", "", head), 400);
  EXPECT_EQ(outcome("CONNECT", "websocket", "b.example", head), 403);
  EXPECT_EQ(outcome("CONNECT", "websocket", "a.example", {}), 426);
}

TEST(handshake, keys) {
  const auto token = accept_key("dGhlIHNhbXBsZSBub25jZQ==");  // RFC 6455 §1.3
  EXPECT_EQ(std::string(token.data(), token.size()), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  std::set<handshake_key> keys;
  for (int i = 0; i < 1000; ++i) keys.insert(make_key());
  EXPECT_EQ(keys.size(), 1000u);
  for (const auto& each : keys) {
    const std::string key(each.data(), each.size());
    ASSERT_EQ(status(with(good, "Sec-WebSocket-Key", key.c_str())), 101);
  }
}

TEST(handshake, the_clients_request) {
  const std::vector<field> extra{{"Authorization", "Bearer x"}};
  std::string head;
  append_invitation(head,
                    {.target = "/chat?a=b",
                     .host = "a.example:8080",
                     .origin = "http://o.example",
                     .subprotocols = {"chat", "superchat"},
                     .deflate = deflate_parameters{},
                     .extra = extra},
                    "KEY");
  EXPECT_EQ(head,
            "GET /chat?a=b HTTP/1.1\r\nHost: a.example:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\nOrigin: http://o.example\r\n"
            "Sec-WebSocket-Protocol: chat, superchat\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nAuthorization: Bearer x\r\n\r\n");
}

TEST(handshake, the_client_checks_the_answer) {
  const std::vector<field> answer{{"upgrade", "WebSocket"},
                                  {"connection", "keep-alive, Upgrade"},
                                  {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}};
  const invitation plain, asking{.subprotocols = {"chat"}, .deflate = deflate_parameters{}};
  const auto check = [](int code, const std::vector<field>& head, const invitation& asked,
                        handshake_kind kind = handshake_kind::upgrade) {
    const auto outcome = check_answer(code, head, asked, "dGhlIHNhbXBsZSBub25jZQ==", kind);
    if (!outcome) return outcome.error().message;
    return "open "s + std::string(outcome->subprotocol) + (outcome->deflate ? " deflate" : "");
  };
  EXPECT_EQ(check(101, answer, plain), "open ");
  EXPECT_EQ(
      check(101, with(with(answer, "Sec-WebSocket-Protocol", "chat"), "Sec-WebSocket-Extensions", "permessage-deflate"),
            asking),
      "open chat deflate");
  EXPECT_EQ(check(101, answer, asking), "open ");
  EXPECT_TRUE(
      check(503, answer, plain)
          .starts_with(
              "the server answered with status 503, not 101 (RFC 6455 §4.1): it takes no more connections for now"));
  EXPECT_EQ(check(403, answer, plain), "the server answered with status 403, not 101 (RFC 6455 §4.1)");
  EXPECT_EQ(check(101, with(answer, "upgrade", "h2c"), plain),
            "the server's answer has no Upgrade: websocket (RFC 6455 §4.1)");
  EXPECT_EQ(check(101, with(answer, "connection", "close"), plain),
            "the server's answer has no Connection: Upgrade (RFC 6455 §4.1)");
  const auto one_accept = "the server's answer must have exactly one Sec-WebSocket-Accept (RFC 6455 §4.1)";
  EXPECT_EQ(check(101, with(answer, "Sec-WebSocket-Accept", nullptr), plain), one_accept);
  EXPECT_EQ(check(101, twice(answer, "Sec-WebSocket-Accept"), plain), one_accept);
  EXPECT_EQ(check(101, with(answer, "Sec-WebSocket-Accept", "x3pPLMBiTxaQ9kYGzzhZRbK+xOo="), plain),
            "the server's Sec-WebSocket-Accept does not belong to our key (RFC 6455 §4.1)");
  const auto not_asked = "the server chose a subprotocol that was not asked for (RFC 6455 §4.1)";
  EXPECT_EQ(check(101, with(answer, "Sec-WebSocket-Protocol", "chat"), plain), not_asked);
  EXPECT_EQ(check(101, with(answer, "Sec-WebSocket-Protocol", "other"), asking), not_asked);
  EXPECT_EQ(check(101, twice(with(answer, "Sec-WebSocket-Protocol", "chat"), "Sec-WebSocket-Protocol"), asking),
            not_asked);
  const auto not_offered =
      "the server accepted an extension that was not offered, or not so (RFC 6455 §4.1, RFC 7692 §7.1)";
  EXPECT_EQ(check(101, with(answer, "Sec-WebSocket-Extensions", "permessage-deflate"), plain), not_offered);
  EXPECT_EQ(check(101, with(answer, "Sec-WebSocket-Extensions", "permessage-deflate; x"), asking), not_offered);
  EXPECT_EQ(
      check(101, twice(with(answer, "Sec-WebSocket-Extensions", "permessage-deflate"), "Sec-WebSocket-Extensions"),
            asking),
      not_offered);

  EXPECT_EQ(check(200, {}, plain, handshake_kind::extended_connect), "open ");
  EXPECT_EQ(check(200, answer, plain, handshake_kind::extended_connect), "open ");  // a stray accept does no harm
  EXPECT_EQ(check(404, {}, plain, handshake_kind::extended_connect),
            "the server answered with status 404, not 200 (RFC 8441 §5)");
}

}  // namespace
}  // namespace peregrine::websocket
