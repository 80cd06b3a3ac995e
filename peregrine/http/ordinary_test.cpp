#include "peregrine/http/ordinary.hpp"

#include <gtest/gtest.h>

namespace peregrine::http {
namespace {

TEST(ordinary, serves_one_page_and_says_what_else_it_does_not) {
  EXPECT_EQ(answer_ordinary("GET", "/", "hello").status, 200);
  EXPECT_EQ(answer_ordinary("GET", "/", "hello").body, "hello");
  EXPECT_EQ(answer_ordinary("HEAD", "/", "hello").status, 200);
  EXPECT_EQ(answer_ordinary("GET", "/room", "hello").status, 404);
  const auto refused = answer_ordinary("POST", "/", "hello");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(find(refused.extra, "allow"), "GET, HEAD");
}

}  // namespace
}  // namespace peregrine::http
