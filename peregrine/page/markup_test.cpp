#include "peregrine/page/markup.hpp"

#include <gtest/gtest.h>

namespace peregrine::page {
namespace {

TEST(markup, text_can_not_break_out) {
  const std::string text = "</td><script>alert('x' & \"y\")</script>";
  EXPECT_EQ(marked("<td title=\"{}\">{}</td>", text, 7).text(),
            "<td title=\"&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;\">7</td>");
}

TEST(markup, markup_stays_as_it_is) {
  const auto inner = marked("<b>{}</b>", "a < b");
  EXPECT_EQ(marked("<p>{}</p>", inner).text(), "<p><b>a &lt; b</b></p>");
  EXPECT_EQ(markup().add(inner).add(inner).text(), inner.text() + inner.text());
}

TEST(markup, what_has_no_place_in_html_is_replaced) {
  EXPECT_EQ(escape(std::string_view("a\0b\x1b[31m\x7f\tc\n", 12)), "a\uFFFDb\uFFFD[31m\uFFFD\tc\n");
  EXPECT_EQ(escape("\xff\xc3(\xe2\x82\xed\xa0\x80\xc0\xbc\xf4\x90\x80\x80\xf0\x8f\xbf\xbf"),
            "\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(escape("µ × € 🦅 \xed\x9f\xbf"), "µ × € 🦅 \xed\x9f\xbf");
}

}  // namespace
}  // namespace peregrine::page
