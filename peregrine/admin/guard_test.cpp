#include "peregrine/admin/guard.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace peregrine::admin {
namespace {

constexpr const char* token = "a token of some length~?";

int status(const guard& by, std::string_view authority, std::vector<field> head = {}) {
  http::request asked;
  asked.authority = authority;
  asked.head = head;
  const auto refused = by.check(asked);
  return refused ? refused->status : 0;
}

TEST(a_guard, knows_which_hosts_are_this_machine) {
  for (const auto* each :
       {"127.0.0.1", "127.0.0.1:9180", "127.8.9.10:1", "[::1]", "[::1]:9180", "localhost", "LOCALHOST:9"}) {
    EXPECT_TRUE(is_of_this_machine(each)) << each;
  }
  for (const auto* each : {"", "10.0.0.1:9180", "127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example",
                           "[::2]:9180", "evil.example:9180", "::1"}) {
    EXPECT_FALSE(is_of_this_machine(each)) << each;
  }
}

TEST(a_guard, without_a_token_lets_this_machine_in_and_no_page_of_elsewhere) {
  const guard by("");
  EXPECT_EQ(status(by, "127.0.0.1:9180"), 0);
  EXPECT_EQ(status(by, "rebound.example:9180"), 421);
  EXPECT_EQ(status(by, ""), 421);
  EXPECT_EQ(status(by, "localhost:9180", {{"Origin", "http://localhost:9180"}}), 0);
  for (const auto* origin : {"http://evil.example", "null", "http://localhost:8080", "http://localhost"}) {
    EXPECT_EQ(status(by, "localhost:9180", {{"Origin", origin}}), 403) << origin;
  }
}

TEST(a_guard, with_a_token_lets_in_who_presents_it) {
  const guard by(token);
  const auto header = "Bearer " + std::string(token);
  EXPECT_EQ(status(by, "admin.example"), 401);
  EXPECT_EQ(status(by, "127.0.0.1"), 401);
  EXPECT_EQ(status(by, "admin.example", {{"authorization", header}}), 0);
  EXPECT_EQ(status(by, "admin.example", {{"authorization", header}, {"origin", "http://evil.example"}}), 403);
  EXPECT_EQ(status(by, "admin.example", {{"authorization", header + "x"}}), 401);
  EXPECT_EQ(status(by, "admin.example", {{"authorization", "Bearer "}}), 401);
  EXPECT_EQ(status(by, "admin.example", {{"authorization", token}}), 401);
}

TEST(a_guard, takes_the_token_as_a_subprotocol_which_is_all_that_a_page_can_send) {
  const guard by(token);
  const auto offer = [&](std::string_view list) { return status(by, "a", {{"Sec-WebSocket-Protocol", list}}); };
  EXPECT_EQ(offer("peregrine.feed, bearer.YSB0b2tlbiBvZiBzb21lIGxlbmd0aH4_"), 0);
  EXPECT_EQ(offer("bearer.YSB0b2tlbiBvZiBzb21lIGxlbmd0aH4_,other"), 0);
  EXPECT_EQ(offer("peregrine.feed"), 401);
  EXPECT_EQ(offer("bearer."), 401);
  EXPECT_EQ(offer("bearer.YSB0b2tlbiBvZiBzb21lIGxlbmd0aH4"), 401);
}

}  // namespace
}  // namespace peregrine::admin
