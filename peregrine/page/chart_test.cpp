#include "peregrine/page/chart.hpp"

#include "peregrine/base/units.hpp"
#include "peregrine/page/scale.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace peregrine::page {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto place = text.find(part); place != std::string::npos; place = text.find(part, place + 1)) ++count;
  return count;
}

std::vector<double> numbers_of(const std::string& text, const std::string& name) {
  std::vector<double> found;
  const std::regex form(" " + name + "=\"([-0-9.a-z]+)\"");
  for (std::sregex_iterator each(text.begin(), text.end(), form), end; each != end; ++each) {
    found.push_back(std::stod((*each)[1]));
  }
  return found;
}

column_chart ramp() {
  return {.title = "a ramp",
          .columns = {{0, 10, 100, "<first>"}, {10, 20, 50, "second"}},
          .beside = {{0, 10, 20, ""}, {10, 40, 10, ""}},
          .beside_words = "in 2020",
          .own_words = "here",
          .end = 20,
          .along = short_count,
          .upwards = print_rate};
}

TEST(chart, columns_stand_where_they_belong_and_are_as_high_as_their_value) {
  const auto text = draw(ramp()).text();
  // Two columns and what is pointed at, each as wide as it is long, less a gap.
  EXPECT_EQ(numbers_of(text, "x"), (std::vector<double>{2.5, 502.5, 0, 500}));
  EXPECT_EQ(numbers_of(text, "height"), (std::vector<double>{1000, 500, 1000, 1000}));
  EXPECT_NE(text.find("M0.00,800.00H500.00L500.00,900.00H1000.00"), std::string::npos) << "no further than the axis";
  EXPECT_NE(text.find("<title>&lt;first&gt;</title>"), std::string::npos);
  EXPECT_NE(text.find(">in 2020</li>"), std::string::npos);
}

TEST(chart, without_a_line_there_is_nothing_to_tell_apart) {
  auto alone = ramp();
  alone.beside.clear();
  const auto text = draw(alone).text();
  EXPECT_EQ(text.find("legend"), std::string::npos);
  EXPECT_EQ(text.find("<path"), std::string::npos);
}

TEST(chart, areas_stand_on_each_other) {
  const area_chart memory{.title = "memory",
                          .at = {0, 100},
                          .bands = {{"below", 1, {0, 30}}, {"above", 2, {0, 10}}},
                          .hints = {"none", "forty"},
                          .along = short_count,
                          .upwards = short_count};
  const auto text = draw(memory).text();
  EXPECT_NE(text.find("\"c1 band\" d=\"M0.00,1000.00L1000.00,250.00L1000.00,1000.00L0.00,1000.00Z\""),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\"c2 band\" d=\"M0.00,1000.00L1000.00,0.00L1000.00,250.00L0.00,1000.00Z\""), std::string::npos);
  EXPECT_LT(text.find("</s>above"), text.find("</s>below")) << "in the order in which they are seen";
  EXPECT_EQ(count_of(text, "class=\"hit\""), 2U);
}

TEST(chart, one_point_is_no_area) {
  EXPECT_TRUE(draw(area_chart{.title = "", .at = {1}, .bands = {{"one", 1, {1}}}, .hints = {""}}).is_empty());
}

TEST(chart, equal_areas_are_equal_numbers) {
  // As many in a span twice as wide as the other: half as high.
  const distribution_chart chart{.title = "latency",
                                 .spans = {{10, 20, 7, "near"}, {20, 80, 7, "far"}},
                                 .marks = {{15, "half"}, {79, "all"}},
                                 .along = short_count};
  const auto text = draw(chart).text();
  const auto widths = numbers_of(text, "width");
  const auto heights = numbers_of(text, "height");
  ASSERT_GE(widths.size(), 2U);
  EXPECT_NEAR(widths[1], 2 * widths[0], 0.02);
  EXPECT_NEAR(heights[0], 2 * heights[1], 0.02);
  EXPECT_NE(text.find("class=\"after\""), std::string::npos);
  EXPECT_NE(text.find("class=\"before\""), std::string::npos) << "a word at the end does not go beyond it";
  EXPECT_TRUE(draw(distribution_chart{}).is_empty());
}

TEST(chart, a_single_value_is_a_distribution_too) {
  const auto text =
      draw(distribution_chart{.title = "", .spans = {{1, 2, 1, ""}}, .marks = {}, .along = short_count}).text();
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace peregrine::page
