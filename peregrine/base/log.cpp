#include "peregrine/base/log.hpp"

#include "peregrine/base/units.hpp"

#include <fmt/chrono.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

namespace peregrine::log {
namespace {

const auto started = std::chrono::steady_clock::now();
overlay* drawn_below = nullptr;

struct look {
  std::string_view name;
  std::string_view colour;
  spdlog::level::level_enum rank;
};
constexpr std::array<look, 4> looks{{
    {"debug", "\x1b[2m", spdlog::level::debug},
    {"info", "\x1b[32m", spdlog::level::info},
    {"warning", "\x1b[33m", spdlog::level::warn},
    {"error", "\x1b[31m", spdlog::level::err},
}};

const look& look_of(level severity) {
  return looks[static_cast<std::size_t>(severity)];
}

bool json_chosen = isatty(STDERR_FILENO) == 0;

spdlog::logger& sink() {
  static spdlog::logger logger = [] {
    spdlog::logger made("peregrine", std::make_shared<spdlog::sinks::stderr_sink_st>());
    // Our lines come whole: spdlog adds neither a prefix nor a line end.
    made.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, ""));
    made.set_level(spdlog::level::trace);
    return made;
  }();
  return logger;
}

// The length of the well-formed UTF-8 sequence that `text` begins with, or 0 (RFC 3629 §4).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return at(i) >= low && at(i) <= high;
  };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    return tail(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    return tail(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// Of one well-formed sequence: U+0000 to U+001F, and U+007F to U+009F.
bool is_control(std::string_view sequence) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  return at(0) < 0x20 || at(0) == 0x7F || (at(0) == 0xC2 && at(1) < 0xA0);
}

// What peers say ends up in messages; it must not steer a terminal, whether that takes bytes for UTF-8 or not.
void append_visible(std::string& line, std::string_view text) {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    const auto one = text.substr(0, std::max<std::size_t>(length, 1));
    if (length > 0 && (one == "\t" || !is_control(one))) {
      line += one;
    } else {
      for (const char c : one) fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(one.size());
  }
}

// A JSON string (RFC 8259 §7); bytes that are no UTF-8 become U+FFFD, so that the line stays readable to any parser.
void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0) {
      line += "\xEF\xBF\xBD";
    } else if (text[0] == '"' || text[0] == '\\') {
      line += '\\';
      line += text[0];
    } else if (text[0] == '\n') {
      line += "\\n";
    } else if (is_control(text.substr(0, length))) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", static_cast<unsigned char>(text[length - 1]));
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  line += '"';
}

void append_value(std::string& line, const field& each) {
  std::visit(
      [&](const auto& value) {
        using type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<type, std::string_view>) {
          append_quoted(line, value);
        } else if constexpr (std::is_same_v<type, double>) {
          // JSON knows neither infinity nor NaN (RFC 8259 §6).
          line += std::isfinite(value) ? fmt::format("{}", value) : "null";
        } else {
          fmt::format_to(std::back_inserter(line), "{}", value);
        }
      },
      each.value);
}

}  // namespace

level from_verbosity(int steps, level at_rest) noexcept {
  return static_cast<level>(
      std::clamp(static_cast<int>(at_rest) - steps, static_cast<int>(level::debug), static_cast<int>(level::off)));
}

void configure(settings chosen) {
  internal::threshold = chosen.threshold;
  json_chosen = chosen.form == format::json || (chosen.form == format::automatic && isatty(STDERR_FILENO) == 0);
}

void set_overlay(overlay* drawn) noexcept {
  drawn_below = drawn;
}

std::string to_console(const entry& said, bool colour) {
  const auto& [name, paint, rank] = look_of(said.severity);
  const std::string_view strong = colour ? "\x1b[1m" : "";
  const std::string_view plain = colour ? "\x1b[0m" : "";
  constexpr std::string_view below = "               | ";  // under the colon of the level

  auto line = fmt::format("{:>6} {}{:>8}:{} {}{}:{} ", print_duration(said.since_start), colour ? paint : "", name,
                          plain, strong, said.subject, plain);
  auto rest = said.message;
  while (true) {
    const auto end = rest.find('\n');
    append_visible(line, rest.substr(0, end));
    line += '\n';
    if (end == std::string_view::npos || end + 1 == rest.size()) break;
    rest.remove_prefix(end + 1);
    line += below;
  }
  if (said.fields.size() > 0) {
    line += below;
    for (const auto& each : said.fields) {
      if (&each != said.fields.begin()) line += ' ';
      line += each.name;
      line += '=';
      append_value(line, each);
    }
    line += '\n';
  }
  return line;
}

std::string to_json(const entry& said) {
  const auto time = std::chrono::floor<std::chrono::milliseconds>(said.time);
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  auto line = fmt::format(R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","subject":)",
                          fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), (time - whole).count(),
                          look_of(said.severity).name);
  append_quoted(line, said.subject);
  line += R"(,"message":)";
  append_quoted(line, said.message);
  fmt::format_to(std::back_inserter(line), R"(,"pid":{})", said.process);
  if (said.fields.size() > 0) {
    char separator = '{';
    line += R"(,"fields":)";
    for (const auto& each : said.fields) {
      line += separator;
      append_quoted(line, each.name);
      line += ':';
      append_value(line, each);
      separator = ',';
    }
    line += '}';
  }
  line += "}\n";
  return line;
}

void internal::write(level severity, std::string_view subject, with fields, fmt::string_view message,
                     fmt::format_args arguments) {
  const auto text = fmt::vformat(message, arguments);
  const entry said{
      severity, subject, text, fields, std::chrono::steady_clock::now() - started, std::chrono::system_clock::now(),
      getpid()};
  static const bool colour = isatty(STDERR_FILENO) != 0;
  const auto line = json_chosen ? to_json(said) : to_console(said, colour);
  if (drawn_below != nullptr) drawn_below->hide();
  sink().log(look_of(severity).rank, spdlog::string_view_t(line.data(), line.size()));
  if (drawn_below != nullptr) drawn_below->show();
}

}  // namespace peregrine::log
