// Charts as markup: shapes in SVG that stretch to any width, and their words in HTML beside them, which stay legible on
// a phone. Each is a <figure> whose columns tell their figures when they are pointed at. Colours are the page's classes
// c1 … c4 (style.cpp).
#pragma once

#include "peregrine/page/markup.hpp"

#include <functional>
#include <string>
#include <vector>

namespace peregrine::page {

using print = std::function<std::string(double)>;

// A place on an axis and what stands there.
struct mark {
  double at;
  std::string words;
};

// Columns side by side, each from one place of the axis to another.
struct column_chart {
  struct column {
    double from;
    double to;
    double value;
    std::string hint;
  };
  std::string title;  // for those who do not see it
  std::vector<column> columns = {};
  std::vector<column> beside = {};  // drawn as a line of steps, for comparison
  std::string beside_words = {};    // what that line is
  std::string own_words = {};       // what the columns are; both only where there is a line
  double end = 0;                   // of the axis below, which begins at 0
  print along = {}, upwards = {};   // how its values are written, and those of the axis at the left
};
markup draw(const column_chart& chart);

// Values on top of each other.
struct area_chart {
  struct band {
    std::string name;
    int colour;                  // 1 … 4
    std::vector<double> values;  // one for each of `at`
  };
  std::string title;
  std::vector<double> at = {};  // rising
  std::vector<band> bands = {};
  std::vector<std::string> hints = {};  // one for each of `at`
  print along = {}, upwards = {};
};
markup draw(const area_chart& chart);

// How values lie on a logarithmic axis: equal areas are equal numbers of them.
struct distribution_chart {
  struct span {
    double from;  // above 0
    double to;
    double count;
    std::string hint;
  };
  std::string title;
  std::vector<span> spans = {};
  std::vector<mark> marks = {};  // such as the median
  print along = {};
};
markup draw(const distribution_chart& chart);

}  // namespace peregrine::page
