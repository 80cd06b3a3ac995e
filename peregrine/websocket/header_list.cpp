#include "peregrine/websocket/header_list.hpp"

#include <array>

namespace peregrine::websocket {

namespace {

constexpr auto token_characters = [] {
  std::array<bool, 256> allowed{};
  for (const char c :
       std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}();

}  // namespace

bool is_token_character(char c) noexcept {
  return token_characters[static_cast<unsigned char>(c)];
}

bool lists(std::string_view list, std::string_view word) noexcept {
  bool found = false;
  for_each_element(list, [&](std::string_view element) { return !(found = equals_ignoring_case(element, word)); });
  return found;
}

void list_reader::skip_spaces() noexcept {
  while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t')) text_.remove_prefix(1);
}

bool list_reader::is_at_end() noexcept {
  skip_spaces();
  return text_.empty();
}

bool list_reader::take(char c) noexcept {
  skip_spaces();
  if (text_.empty() || text_.front() != c) return false;
  text_.remove_prefix(1);
  return true;
}

std::string_view list_reader::token() noexcept {
  skip_spaces();
  std::size_t size = 0;
  while (size < text_.size() && is_token_character(text_[size])) ++size;
  const auto found = text_.substr(0, size);
  text_.remove_prefix(size);
  return found;
}

std::string_view list_reader::quoted() noexcept {
  skip_spaces();
  if (text_.empty() || text_.front() != '"') return {};
  for (std::size_t i = 1; i < text_.size(); ++i) {
    if (text_[i] == '"') {
      const auto inside = text_.substr(1, i - 1);
      text_.remove_prefix(i + 1);
      return inside;
    }
    // The unescaped value must be a token (RFC 6455 §9.1).
    if (text_[i] == '\\') ++i;
    if (i >= text_.size() || !is_token_character(text_[i])) return {};
  }
  return {};
}

}  // namespace peregrine::websocket
