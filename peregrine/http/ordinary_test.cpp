#include "peregrine/http/ordinary.hpp"

#include <gtest/gtest.h>

namespace peregrine::http {
namespace {

request asking(std::string_view method, std::string_view path) {
  request made;
  made.method = method;
  made.path = path;
  return made;
}

TEST(ordinary, serves_one_page_and_says_what_else_it_does_not) {
  const auto served = serve_page("hello");
  EXPECT_EQ(served(asking("GET", "/"), {}).status, 200);
  EXPECT_EQ(served(asking("GET", "/"), {}).body, "hello");
  EXPECT_EQ(served(asking("HEAD", "/"), {}).status, 200);
  EXPECT_EQ(served(asking("GET", "/room"), {}).status, 404);
  const auto refused = served(asking("POST", "/"), {});
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(find(head_of(refused), "allow"), "GET, HEAD");
}

TEST(ordinary, an_answer_has_a_kind) {
  answer given{.content_type = "application/json", .head = {{"Cache-Control", "no-store"}}};
  EXPECT_EQ(find(head_of(given), "content-type"), "application/json");
  EXPECT_EQ(find(head_of(given), "cache-control"), "no-store");
}

TEST(kept_request, outlasts_the_head_that_it_was_made_of) {
  std::string head = "POST/rooms/room/messages?x=1exampleContent-Length5";
  const std::string_view all = head;
  const field fields_of_it[] = {{all.substr(29 + 6, 14), all.substr(29 + 20, 1)}};
  request asked;
  asked.method = all.substr(0, 4);
  asked.target = all.substr(4, 24);
  asked.authority = all.substr(28, 7);
  asked.head = fields_of_it;
  split_target(asked);
  const kept_request kept(asked);
  head.assign(head.size(), '.');
  EXPECT_EQ(kept.get().method, "POST");
  EXPECT_EQ(kept.get().path, "/rooms/room/messages");
  EXPECT_EQ(kept.get().query, "x=1");
  EXPECT_EQ(kept.get().authority, "example");
  EXPECT_EQ(find(kept.get().head, "content-length"), "5");
}

}  // namespace
}  // namespace peregrine::http
