// Header fields as they were received: name and value, in order (RFC 9110 §5). Views into whoever holds the head.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace peregrine {

struct field {
  std::string_view name;
  std::string_view value;
};

using fields = std::span<const field>;

// ASCII letters compare without regard to case, as field names and most tokens do (RFC 9110 §5.1).
inline bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  if (a == b) return true;  // most peers write names as the RFCs do
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// Without the optional white space around it (RFC 9110 §5.6.3).
inline std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of the first field of that name.
inline std::optional<std::string_view> find(fields head, std::string_view name) noexcept {
  for (const auto& each : head) {
    if (equals_ignoring_case(each.name, name)) return each.value;
  }
  return std::nullopt;
}

}  // namespace peregrine
