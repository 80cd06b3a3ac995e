// A whole page in one file: nothing is fetched, nothing runs. Light and dark, on a screen of any width, and on paper.
#pragma once

#include "peregrine/page/markup.hpp"

#include <string>
#include <vector>

namespace peregrine::page {

// A figure that stands for the whole.
struct tile {
  std::string name;
  std::string value;
  std::string remark;
};

struct content {
  std::string kicker;  // what made it: "peregrine journey"
  std::string title;
  std::string lead;     // what came of it, in a sentence or two
  std::string remark;   // where and when
  bool is_well = true;  // else the lead is set apart
  std::vector<tile> tiles;
  markup body;  // sections
};

std::string document(const content& of);

markup section(const std::string& title, const markup& inner);
markup paragraph(const std::string& words);
markup side_by_side(const markup& left, const markup& right);  // above each other where there is no room
markup with_caption(const std::string& words, const markup& figure);

// The first column and those named in `words` are text, the others figures, aligned to the right.
struct table {
  std::vector<std::string> head;
  std::vector<std::vector<markup>> rows;
  std::vector<std::size_t> words = {};
};
markup draw(const table& of);
// Behind a line that opens it.
markup folded(const std::string& summary, const markup& inner);

}  // namespace peregrine::page
