// What all charts have around their shapes.
#pragma once

#include "peregrine/page/chart.hpp"

#include <string>
#include <vector>

namespace peregrine::page {

// Shapes are drawn into a square of this side, whose top left is 0, 0, and which is then stretched.
constexpr double side = 1000;

struct frame {
  std::string title;
  markup legend = {};            // <li> elements
  markup shapes = {};            // of SVG
  markup words = {};             // HTML above the shapes
  std::vector<mark> left = {};   // at 0 (below) … 1; a line goes across from each
  std::vector<mark> below = {};  // at 0 (left) … 1
};
markup draw(const frame& around);

// The marks of an axis that goes from 0 to `end`, which lies beyond them or at the last.
std::vector<mark> marks_to(double end, const std::vector<double>& at, const print& words);

// A part of the chart's whole height that tells its figures when it is pointed at.
markup pointed_at(double from, double to, const std::string& hint);

markup legend_entry(int colour, const std::string& name);
markup legend_line(const std::string& name);

}  // namespace peregrine::page
