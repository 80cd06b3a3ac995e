#include "peregrine/swarm/check.hpp"

#include <gtest/gtest.h>

namespace peregrine::swarm {
namespace {

options some() {
  options made;
  made.url = "ws://127.0.0.1:8080/room";
  made.count = 100;
  return made;
}

result<plan> checked_where(const options& chosen, http_version spoken) {
  return check(chosen, [=](const options&, const address&, const std::vector<address>&) { return spoken; });
}

// Where nobody may be asked.
result<plan> check(const options& chosen) {
  return check(chosen, [](const options&, const address&, const std::vector<address>&) {
    ADD_FAILURE() << "the server was asked";
    return http_version::automatic;
  });
}

std::string refusal(const options& chosen) {
  const auto checked = check(chosen);
  return checked ? "" : checked.error().message;
}

TEST(check, the_address_is_looked_up_once) {
  const auto checked = check(some());
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->to.to_string(), "127.0.0.1:8080");
  EXPECT_EQ(checked->processes, 1U);
  EXPECT_TRUE(checked->whole.sources.empty());
}

TEST(check, more_than_one_address_has_ports_for_is_spread_over_loopback) {
  auto chosen = some();
  chosen.count = 1'000'000;
  const auto checked = check(chosen);
  ASSERT_TRUE(checked);
  EXPECT_TRUE(checked->spreads_over_loopback);
  EXPECT_GT(checked->whole.sources.size(), 15U);

  chosen.bind = {"127.0.0.5"};
  EXPECT_EQ(check(chosen)->whole.sources.size(), 1U) << "who says where from is taken at their word";
}

TEST(check, what_the_server_speaks_decides_what_is_needed) {
  auto chosen = some();
  chosen.url = "wss://127.0.0.1:8080/room";
  chosen.insecure = true;
  chosen.count = 100'000;
  const auto sockets = [](const result<plan>& made) {
    return std::pair(made->needs.carried, made->whole.sources.empty());
  };
  EXPECT_EQ(sockets(checked_where(chosen, http_version::http2)), std::pair(doctor::protocol::http2, true));
  EXPECT_EQ(sockets(checked_where(chosen, http_version::http1)), std::pair(doctor::protocol::http1, false));
  EXPECT_EQ(sockets(checked_where(chosen, http_version::automatic)), std::pair(doctor::protocol::http1, false))
      << "it did not tell";
  chosen.version = http_version::http2;
  EXPECT_EQ(sockets(check(chosen)), std::pair(doctor::protocol::http2, true)) << "who says what is taken at their word";
}

TEST(check, each_of_many_processes_has_handshakes_enough_in_flight) {
  auto chosen = some();
  chosen.count = 10'000;
  EXPECT_EQ(check(chosen)->whole.concurrency, 256U);
  chosen.processes = 50;
  EXPECT_EQ(check(chosen)->whole.concurrency, 2'000U);
  chosen.concurrency = 3;
  EXPECT_EQ(check(chosen)->whole.concurrency, 3U) << "who says how many is taken at their word";
  chosen.concurrency.reset();
  chosen.version = http_version::http2;
  EXPECT_EQ(check(chosen)->whole.concurrency, 4'096U);
}

TEST(check, whom_to_trust) {
  auto chosen = some();
  chosen.insecure = true;
  EXPECT_NE(refusal(chosen).find("go with TLS"), std::string::npos) << refusal(chosen);
  chosen.url = "wss://127.0.0.1/";
  EXPECT_TRUE(checked_where(chosen, http_version::http2));
  chosen.insecure = false;
  chosen.authorities = "/nowhere/at/all.pem";
  EXPECT_NE(refusal(chosen).find("--ca: cannot read the certificate"), std::string::npos) << refusal(chosen);
}

TEST(check, amounts_that_make_no_sense_name_their_option) {
  const auto refused = [](auto change) {
    auto chosen = some();
    change(chosen);
    return refusal(chosen).substr(0, 9);
  };
  EXPECT_EQ(refused([](options& o) { o.count = 0; }), "--count: ");
  EXPECT_EQ(refused([](options& o) { o.concurrency = 0; }), "--concurr");
  EXPECT_EQ(refused([](options& o) { o.processes = 0; }), "--process");
  EXPECT_EQ(refused([](options& o) { o.timeout = {}; }), "--timeout");
  EXPECT_EQ(refused([](options& o) { o.size = 47; }), "--size: e");
  EXPECT_EQ(refused([](options& o) { o.echo = 101; }), "--echo: 1");
  EXPECT_EQ(refused([](options& o) { o.echo_rate = 1.0; }), "--echo-ra");
  EXPECT_EQ(refused([](options& o) { o.bind = {"::1"}; }), "--bind: :");
  EXPECT_EQ(refused([](options& o) { o.bind = {"nowhere"}; }), "--bind: '");
  EXPECT_EQ(refused([](options& o) { o.bind = {"192.0.2.7"}; }), "--bind: 1")
      << "kept for documents (RFC 5737): nobody's";
}

TEST(check, nothing_gets_into_the_head_that_is_not_a_field) {
  for (const char* wrong : {"no colon", ": empty", "Na me: x", "X: a\r\nY: b"}) {
    auto chosen = some();
    chosen.headers = {wrong};
    EXPECT_NE(refusal(chosen).find("--header"), std::string::npos) << wrong;
  }
  auto chosen = some();
  chosen.headers = {"Authorization: Bearer abc", "X-Empty:"};
  EXPECT_EQ(refusal(chosen), "");
  chosen.subprotocols = {"two words"};
  EXPECT_NE(refusal(chosen).find("--subprotocol"), std::string::npos);
}

}  // namespace
}  // namespace peregrine::swarm
