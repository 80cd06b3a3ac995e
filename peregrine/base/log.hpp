// The log: one per process, to standard error, in one of two forms.
//
// On a terminal, for a person: time since the start, level, who speaks, the message; further lines of it stand below.
//
//    8.82s     info: swarm: Made 10001 connections: 28012.4 connections/second...
//                   | members=10001 seconds=0.35
//
// Elsewhere, for a machine: one JSON object a line with time (RFC 3339, UTC, milliseconds), level, subject, message,
// pid, and, if there are any, fields.
//
// Not for several threads at once: a worker is a process with one thread. When a level is off its arguments are not
// formatted.
#pragma once

#include <fmt/core.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace peregrine::log {

enum class level { debug, info, warning, error, off };
enum class format { automatic, console, json };  // automatic: console on a terminal, JSON elsewhere

struct settings {
  level threshold = level::info;
  format form = format::automatic;
};

void configure(settings chosen);

// What -v (each +1) and -q (each -1) make of a level: from info, 1 is debug, -1 warning, -2 error, -3 silence.
level from_verbosity(int steps, level at_rest = level::info) noexcept;

// A named value beside the message. Views are read before the call returns.
struct field {
  template <std::signed_integral T>
  field(std::string_view name_, T value_) : name(name_), value(std::int64_t{value_}) {}
  template <std::unsigned_integral T>
  field(std::string_view name_, T value_) : name(name_), value(std::uint64_t{value_}) {}
  template <std::floating_point T>
  field(std::string_view name_, T value_) : name(name_), value(static_cast<double>(value_)) {}
  field(std::string_view name_, bool value_) : name(name_), value(value_) {}
  field(std::string_view name_, std::string_view value_) : name(name_), value(value_) {}
  field(std::string_view name_, const char* value_) : name(name_), value(std::string_view(value_)) {}

  std::string_view name;
  std::variant<std::int64_t, std::uint64_t, double, bool, std::string_view> value;
};

// log::info("hub", log::with{{"members", count}}, "Broadcast to {}", room);
using with = std::initializer_list<field>;

// One entry, and what it looks like. The lines end in '\n'.
struct entry {
  level severity;
  std::string_view subject;
  std::string_view message;  // its first line stands beside the subject, the others below
  with fields;
  std::chrono::nanoseconds since_start;
  std::chrono::system_clock::time_point time;
  long process;
};
std::string to_console(const entry& said, bool colour);
std::string to_json(const entry& said);

// Whatever draws on the terminal below the log (a progress bar) gets out of the way of each line.
class overlay {
 public:
  virtual void hide() = 0;
  virtual void show() = 0;

 protected:
  ~overlay() = default;
};
void set_overlay(overlay* drawn) noexcept;  // null: none

namespace internal {
inline level threshold = level::info;
// Cold: the compiler puts whatever leads to a line out of the way of what does not.
[[gnu::cold]] void write(level severity, std::string_view subject, with fields, fmt::string_view message,
                         fmt::format_args arguments);
}  // namespace internal

inline bool is_enabled(level severity) noexcept {
  return severity >= internal::threshold;
}

template <class... T>
void debug(std::string_view subject, with fields, fmt::format_string<T...> message, T&&... arguments) {
  if (is_enabled(level::debug)) {
    internal::write(level::debug, subject, fields, message, fmt::make_format_args(arguments...));
  }
}
template <class... T>
void debug(std::string_view subject, fmt::format_string<T...> message, T&&... arguments) {
  if (is_enabled(level::debug)) {
    internal::write(level::debug, subject, {}, message, fmt::make_format_args(arguments...));
  }
}

template <class... T>
void info(std::string_view subject, with fields, fmt::format_string<T...> message, T&&... arguments) {
  if (is_enabled(level::info)) {
    internal::write(level::info, subject, fields, message, fmt::make_format_args(arguments...));
  }
}
template <class... T>
void info(std::string_view subject, fmt::format_string<T...> message, T&&... arguments) {
  if (is_enabled(level::info)) {
    internal::write(level::info, subject, {}, message, fmt::make_format_args(arguments...));
  }
}

template <class... T>
void warning(std::string_view subject, with fields, fmt::format_string<T...> message, T&&... arguments) {
  if (is_enabled(level::warning)) {
    internal::write(level::warning, subject, fields, message, fmt::make_format_args(arguments...));
  }
}
template <class... T>
void warning(std::string_view subject, fmt::format_string<T...> message, T&&... arguments) {
  if (is_enabled(level::warning)) {
    internal::write(level::warning, subject, {}, message, fmt::make_format_args(arguments...));
  }
}

template <class... T>
void error(std::string_view subject, with fields, fmt::format_string<T...> message, T&&... arguments) {
  if (is_enabled(level::error)) {
    internal::write(level::error, subject, fields, message, fmt::make_format_args(arguments...));
  }
}
template <class... T>
void error(std::string_view subject, fmt::format_string<T...> message, T&&... arguments) {
  if (is_enabled(level::error)) {
    internal::write(level::error, subject, {}, message, fmt::make_format_args(arguments...));
  }
}

}  // namespace peregrine::log
