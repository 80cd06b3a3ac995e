#include "peregrine/server/pages.hpp"

#include <gtest/gtest.h>

namespace peregrine::server {
namespace {

TEST(pages, are_sent_once_to_who_keeps_them) {
  http::request asked;
  asked.path = "/";
  const auto first = page_of(web::site::dashboard, asked);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 200);
  EXPECT_TRUE(first->content_type.starts_with("text/html"));
  EXPECT_NE(first->body.find("<html"), std::string::npos);
  const auto head = http::head_of(*first);
  const auto tag = std::string(find(head, "etag").value_or(""));
  ASSERT_FALSE(tag.empty());
  const field condition[] = {{"If-None-Match", tag}};
  asked.head = condition;
  const auto again = page_of(web::site::dashboard, asked);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, 304);
  EXPECT_TRUE(http::is_without_content(asked, *again));
  asked.path = "/nothing";
  EXPECT_FALSE(page_of(web::site::dashboard, asked));
}

}  // namespace
}  // namespace peregrine::server
