#include "peregrine/page/page.hpp"

#include <gtest/gtest.h>

namespace peregrine::page {
namespace {

content made() {
  content one{
      .kicker = "peregrine swarm", .title = "Three", .lead = "All <well>.", .remark = "here", .tiles = {}, .body = {}};
  one.tiles.push_back({"Opened", "3", "of \"3\""});
  one.body.add(section("The ramp", paragraph("So & so.")));
  return one;
}

TEST(page, is_one_document_that_fetches_and_runs_nothing) {
  const auto text = document(made());
  EXPECT_TRUE(text.starts_with("<!doctype html>"));
  EXPECT_TRUE(text.ends_with("</html>\n"));
  EXPECT_NE(text.find("default-src &#39;none&#39;"), std::string::npos);
  for (const auto* foreign : {"http://", "https://", "//", "url(", "@import", "<script", "<link", " src=", " href="}) {
    EXPECT_EQ(text.find(foreign), std::string::npos) << foreign;
  }
}

TEST(page, whatever_it_tells_is_escaped) {
  const auto text = document(made());
  EXPECT_NE(text.find("All &lt;well&gt;."), std::string::npos);
  EXPECT_NE(text.find("of &quot;3&quot;"), std::string::npos);
  EXPECT_NE(text.find("So &amp; so."), std::string::npos);
}

TEST(page, what_did_not_go_well_is_set_apart) {
  auto ill = made();
  EXPECT_EQ(document(ill).find("class=\"lead ill\""), std::string::npos);
  ill.is_well = false;
  EXPECT_NE(document(ill).find("class=\"lead ill\""), std::string::npos);
}

TEST(page, columns_of_words_and_of_figures) {
  table limits{.head = {"limit", "have", "what lifts it"}, .rows = {}, .words = {2}};
  limits.rows.push_back({marked("{}", "files"), marked("{}", 7), marked("<code>{}</code>", "ulimit -n <hard>")});
  const auto text = draw(limits).text();
  EXPECT_NE(text.find("<td>files</td><td>7</td><td class=\"words\"><code>ulimit -n &lt;hard&gt;</code></td>"),
            std::string::npos)
      << text;
}

TEST(page, nothing_beside_something_is_something_alone) {
  const auto one = paragraph("one");
  EXPECT_EQ(side_by_side(one, {}).text(), one.text());
  EXPECT_EQ(side_by_side({}, one).text(), one.text());
  EXPECT_TRUE(with_caption("of nothing", {}).is_empty());
}

}  // namespace
}  // namespace peregrine::page
