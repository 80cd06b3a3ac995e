#include "peregrine/web/site.hpp"

#include "peregrine/web/contents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace peregrine::web {
namespace {

TEST(Site, EachHasItsPage) {
  const auto chat = find(site::chat, "/");
  const auto dashboard = find(site::dashboard, "/");
  ASSERT_TRUE(chat && dashboard);
  EXPECT_TRUE(chat->body.starts_with("<!doctype html>"));
  EXPECT_TRUE(chat->body.ends_with("</html>\n"));
  EXPECT_TRUE(dashboard->body.starts_with("<!doctype html>"));
  EXPECT_NE(chat->body, dashboard->body);
  EXPECT_EQ(chat->content_type, "text/html; charset=utf-8");
}

TEST(Site, WhatIsNotThereIsNothing) {
  EXPECT_FALSE(find(site::chat, "/nothing"));
  EXPECT_FALSE(find(site::chat, ""));
  EXPECT_FALSE(find(site::chat, "/dashboard.js"));
  EXPECT_FALSE(find(site::chat, "/peregrine_test.js"));
  EXPECT_FALSE(find(site::dashboard, "/chat.js"));
}

// What a page names is there, and comes from nowhere else.
TEST(Site, EveryPageHasAllThatItNames) {
  for (const auto& each : contents()) {
    if (each.extension == ".svg") continue;
    for (const std::string_view before : {"href=\"", "src=\"", "from '", "import('"}) {
      const char end = before.back();
      for (auto at = each.body().find(before); at != std::string_view::npos; at = each.body().find(before, at + 1)) {
        const auto rest = each.body().substr(at + before.size());
        const auto named = rest.substr(0, rest.find(end));
        if (named.starts_with("./")) continue;  // the example in a comment
        EXPECT_TRUE(find(each.where, named)) << each.path << " names " << named;
      }
    }
  }
}

TEST(Site, NothingIsInline) {
  for (const auto where : {site::chat, site::dashboard}) {
    const auto page = find(where, "/")->body;
    EXPECT_EQ(page.find("<style"), std::string_view::npos);
    EXPECT_EQ(page.find(" style="), std::string_view::npos);
    EXPECT_EQ(page.find("<script>"), std::string_view::npos);
    EXPECT_EQ(page.find("javascript:"), std::string_view::npos);
  }
}

TEST(Site, APolicyGoesWithEachFile) {
  for (const auto& each : contents()) {
    const auto policy = find(find(each.where, each.path)->head, "content-security-policy");
    ASSERT_TRUE(policy) << each.path;
    EXPECT_TRUE(policy->starts_with("default-src 'none';"));
    EXPECT_EQ(policy->find("unsafe"), std::string_view::npos);
  }
}

TEST(Site, WhatDiffersHasAnotherTag) {
  for (const auto& one : contents()) {
    EXPECT_TRUE(one.etag.starts_with('"') && one.etag.ends_with('"')) << one.path;
    for (const auto& other : contents()) EXPECT_EQ(one.etag == other.etag, one.body() == other.body()) << one.path;
  }
}

}  // namespace
}  // namespace peregrine::web
