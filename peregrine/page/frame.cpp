#include "peregrine/page/frame.hpp"

namespace peregrine::page {

markup draw(const frame& around) {
  markup out;
  out.add("<figure class=\"chart\" aria-label=\"{}\">", around.title);
  if (!around.legend.is_empty()) out.add("<ul class=\"legend\">{}</ul>", around.legend);
  out.add("<div class=\"plot{}\">", around.left.empty() ? " flush" : "");
  for (const auto& each : around.left) {
    out.add("<i style=\"bottom:{:.2f}%\"></i><b style=\"bottom:{:.2f}%\">{}</b>", each.at * 100, each.at * 100,
            each.words);
  }
  out.add("<svg viewBox=\"0 0 {0} {0}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{1}\">{2}</svg>", side,
          around.title, around.shapes);
  out.add("{}", around.words);
  for (const auto& each : around.below) {
    out.add("<span class=\"below{}\" style=\"left:{:.2f}%\">{}</span>", each.at > 0.93 ? " last" : "", each.at * 100,
            each.words);
  }
  return out.add("</div></figure>\n");
}

std::vector<mark> marks_to(double end, const std::vector<double>& at, const print& words) {
  std::vector<mark> made;
  for (const auto each : at) {
    if (each <= end * (1 + 1e-9)) made.push_back({each / end, words(each)});
  }
  return made;
}

markup pointed_at(double from, double to, const std::string& hint) {
  return marked("<rect class=\"hit\" x=\"{:.2f}\" y=\"0\" width=\"{:.2f}\" height=\"{}\"><title>{}</title></rect>",
                from * side, (to - from) * side, side, hint);
}

markup legend_entry(int colour, const std::string& name) {
  return marked("<li><s class=\"c{}\"></s>{}</li>", colour, name);
}

markup legend_line(const std::string& name) {
  return marked("<li><s class=\"line\"></s>{}</li>", name);
}

}  // namespace peregrine::page
