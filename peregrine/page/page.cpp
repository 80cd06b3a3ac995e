#include "peregrine/page/page.hpp"

#include "peregrine/page/style.hpp"

#include <algorithm>

namespace peregrine::page {
namespace {

// The browser itself keeps the page to its word: whatever got into it, nothing runs and nothing is fetched.
constexpr std::string_view policy = "default-src 'none'; style-src 'unsafe-inline'";

markup header(const content& of) {
  markup out;
  out.add("<header>\n<p class=\"kicker\">{}</p>\n<h1>{}</h1>\n", of.kicker, of.title);
  out.add("<p class=\"lead{}\">{}</p>\n<p class=\"remark\">{}</p>\n", of.is_well ? "" : " ill", of.lead, of.remark);
  if (!of.tiles.empty()) {
    out.add("<dl class=\"tiles\">\n");
    for (const auto& each : of.tiles) {
      out.add("<div><dt>{}</dt><dd class=\"value\">{}</dd><dd class=\"of\">{}</dd></div>\n", each.name, each.value,
              each.remark);
    }
    out.add("</dl>\n");
  }
  return out.add("</header>\n");
}

}  // namespace

std::string document(const content& of) {
  markup out;
  out.add("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  out.add("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", policy);
  out.add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}: {}</title>\n<style>",
          of.kicker, of.title);
  std::string text = out.text();
  text += style;
  text += marked("</style>\n</head>\n<body>\n<main>\n{}{}</main>\n</body>\n</html>\n", header(of), of.body).text();
  return text;
}

markup section(const std::string& title, const markup& inner) {
  return marked("<section>\n<h2>{}</h2>\n{}</section>\n", title, inner);
}

markup paragraph(const std::string& words) {
  return words.empty() ? markup() : marked("<p>{}</p>\n", words);
}

markup side_by_side(const markup& left, const markup& right) {
  if (left.is_empty()) return right;
  if (right.is_empty()) return left;
  return marked("<div class=\"pair\">\n<div>{}</div>\n<div>{}</div>\n</div>\n", left, right);
}

markup with_caption(const std::string& words, const markup& figure) {
  if (figure.is_empty()) return {};
  return marked("<div class=\"captioned\"><h3>{}</h3>{}</div>\n", words, figure);
}

markup draw(const table& of) {
  const auto is_words = [&of](std::size_t column) { return std::ranges::find(of.words, column) != of.words.end(); };
  markup out;
  out.add("<div class=\"wide\"><table>\n<thead><tr>");
  for (std::size_t i = 0; i < of.head.size(); ++i) {
    out.add("<th scope=\"col\"{}>{}</th>", is_words(i) ? marked(" class=\"words\"") : markup(), of.head[i]);
  }
  out.add("</tr></thead>\n<tbody>\n");
  for (const auto& row : of.rows) {
    out.add("<tr>");
    for (std::size_t i = 0; i < row.size(); ++i) {
      out.add("<td{}>{}</td>", is_words(i) ? marked(" class=\"words\"") : markup(), row[i]);
    }
    out.add("</tr>\n");
  }
  return out.add("</tbody></table></div>\n");
}

markup folded(const std::string& summary, const markup& inner) {
  return marked("<details><summary>{}</summary>{}</details>\n", summary, inner);
}

}  // namespace peregrine::page
