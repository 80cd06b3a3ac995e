#include "peregrine/page/markup.hpp"

#include <cstddef>

namespace peregrine::page {
namespace {

constexpr std::string_view unknown = "\xEF\xBF\xBD";

// How many bytes the character at the front of `text` has; 0 if it is none (RFC 3629 §4).
std::size_t character(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto lead = byte(0);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Longer than need be, of a surrogate's half, or beyond the last.
  const bool wrong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) >= 0xA0) ||
                     (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) >= 0x90);
  return wrong ? 0 : size;
}

std::string_view spelled(std::string_view one) noexcept {
  if (one.size() > 1) return one;
  switch (one[0]) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\n':
    case '\t':
      return one;
    default:
      return static_cast<unsigned char>(one[0]) < 0x20 || one[0] == 0x7F ? unknown : one;
  }
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto size = character(text);
    out += size == 0 ? unknown : spelled(text.substr(0, size));
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace peregrine::page
