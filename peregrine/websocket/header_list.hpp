// The lists inside header fields (RFC 9110 §5.6): tokens, commas, parameters. Views into the field's value.
#pragma once

#include "peregrine/base/fields.hpp"

#include <cstddef>
#include <string_view>

namespace peregrine::websocket {

bool is_token_character(char c) noexcept;  // RFC 9110 §5.6.2

// Calls visit(element) with each trimmed, not empty element of a comma-separated list (RFC 9110 §5.6.1) of no quoted
// strings, until it returns false.
template <class Visit>
void for_each_element(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto element = trimmed(list.substr(0, comma));
    if (!element.empty() && !visit(element)) return;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
}

// Is the word, without regard to case, an element of the list?
bool lists(std::string_view list, std::string_view word) noexcept;

// Reads from the front of a value that has parameters: name; parameter; parameter=value; parameter="quoted".
class list_reader {
 public:
  explicit list_reader(std::string_view text) noexcept : text_(text) {}

  bool is_at_end() noexcept;
  bool take(char c) noexcept;  // over white space, the character if it is next

  // A token, or for quoted() the inside of a quoted string with its backslashes; empty when there is none.
  std::string_view token() noexcept;
  std::string_view quoted() noexcept;

 private:
  void skip_spaces() noexcept;
  std::string_view text_;
};

}  // namespace peregrine::websocket
