// HTML that text can't break out of: what is put into it is escaped, always, unless it is markup itself.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace peregrine::page {

// Text as it stands in an element or between the quotes of an attribute. What has no place in HTML (control characters,
// bytes that are no UTF-8) becomes U+FFFD.
std::string escape(std::string_view text);

class markup {
 public:
  // What becomes of a value that is put in.
  static const std::string& safe(const markup& value) noexcept { return value.text_; }
  static std::string safe(std::string_view value) { return escape(value); }
  template <class Number>
    requires std::is_arithmetic_v<Number>
  static Number safe(const Number& value) noexcept {
    return value;
  }

  // HTML of ours, checked by the compiler; values go into its braces.
  template <class... T>
  using form = std::type_identity_t<fmt::format_string<decltype(safe(std::declval<const T&>()))...>>;

  markup() = default;

  template <class... T>
  markup& add(form<T...> words, const T&... values) {
    text_ += fmt::format(words, safe(values)...);
    return *this;
  }
  markup& add(const markup& other) {
    text_ += other.text_;
    return *this;
  }

  bool is_empty() const noexcept { return text_.empty(); }
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

template <class... T>
markup marked(markup::form<T...> words, const T&... values) {
  markup made;
  made.add(words, values...);
  return made;
}

}  // namespace peregrine::page
