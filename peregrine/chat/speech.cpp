#include "peregrine/chat/speech.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <iterator>

namespace peregrine::chat {
namespace {

using nlohmann::json;

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A code point and how many bytes of UTF-8 it took.
struct letter {
  std::uint32_t point;
  std::size_t size;
};

// `text` is valid UTF-8, as every text message is by now.
letter first_letter(std::string_view text) {
  const auto at = [text](std::size_t place) { return static_cast<unsigned char>(text[place]) & 0x3FU; };
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1};
  if (first < 0xE0) return {(first & 0x1FU) << 6 | at(1), 2};
  if (first < 0xF0) return {(first & 0x0FU) << 12 | at(1) << 6 | at(2), 3};
  return {(first & 0x07U) << 18 | at(1) << 12 | at(2) << 6 | at(3), 4};
}

bool steers(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) ||  // C0, DEL, C1
         point == 0x2028 || point == 0x2029 ||                // line and paragraph separators
         point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);  // the direction of writing
}

// Copies `text`, but for what steers a terminal: that is `spell`'s to append.
template <class Spell>
std::string spelled(std::string_view text, Spell spell) {
  std::string made;
  made.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_letter(text);
    if (steers(next.point)) {
      spell(made, next.point);
    } else {
      made += text.substr(0, next.size);
    }
    text.remove_prefix(next.size);
  }
  return made;
}

const std::string* text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

}  // namespace

std::string to_message(std::string_view user, std::string_view line) {
  return dump({{"user", user}, {"text", line}});
}

std::string to_line(const message& said) {
  if (!said.is_text()) return fmt::format("(a binary message of {} bytes)", said.size());
  const auto parsed = json::parse(said.text(), nullptr, false);
  if (parsed.is_object()) {
    const auto* user = text_in(parsed, "user");
    const auto* text = text_in(parsed, "text");
    if (user != nullptr && text != nullptr) return escaped(*user) + ": " + escaped(*text);
    if (const auto* why = text_in(parsed, "error")) return "error: " + escaped(*why);
  }
  return escaped(said.text());
}

std::string to_json_line(const message& said) {
  if (!said.is_text()) return {};
  const auto spell = [](std::string& made, std::uint32_t point) {
    // In valid JSON a control character below U+0020 is white space between tokens, and any other is within a string.
    if (point < 0x20) {
      made += ' ';
    } else {
      fmt::format_to(std::back_inserter(made), "\\u{:04x}", point);
    }
  };
  if (json::accept(said.text())) return spelled(said.text(), spell);
  return spelled(dump(json(said.text())), spell);
}

std::string escaped(std::string_view text) {
  return spelled(text, [](std::string& made, std::uint32_t point) {
    if (point == '\n') {
      made += "\\n";
    } else if (point == '\t') {
      made += "\\t";
    } else if (point == '\r') {
      made += "\\r";
    } else if (point < 0x80) {
      fmt::format_to(std::back_inserter(made), "\\x{:02x}", point);
    } else {
      fmt::format_to(std::back_inserter(made), "\\u{{{:04x}}}", point);
    }
  });
}

}  // namespace peregrine::chat
