// result<T>: what the network or a person did wrong is a value, with a sentence for whoever reads it.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace peregrine {

// What went wrong, in words: what was wrong, what was expected, what to do. `code` is the errno behind it, or 0.
struct failure {
  std::string message;
  int code = 0;
};

template <class T = void>
class [[nodiscard]] result {
 public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: a value is a result
  result(failure what) : state_(std::in_place_index<1>, std::move(what)) {}  // NOLINT: so is an error

  explicit operator bool() const noexcept { return state_.index() == 0; }
  T& operator*() noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  const failure& error() const noexcept {
    assert(state_.index() == 1);
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, failure> state_;
};

template <>
class [[nodiscard]] result<void> {
 public:
  result() = default;
  result(failure what) : failure_(std::move(what)) {}  // NOLINT: an error is a result

  explicit operator bool() const noexcept { return !failure_; }

  const failure& error() const noexcept {
    assert(failure_);
    return *failure_;
  }

 private:
  std::optional<failure> failure_;
};

}  // namespace peregrine
