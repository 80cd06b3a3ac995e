// Frames written by hand and read by eye (RFC 9113 §6), and a session's handler that keeps what it is told, for the
// tests of sessions: *receive this frame, send that one*.
#pragma once

#include "peregrine/http2/session.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace peregrine::http2::by_hand {

using namespace std::string_literals;
using words = std::vector<std::string>;

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr int end_stream = 0x1;
constexpr int ack = 0x1;
constexpr int end_headers = 0x4;
constexpr int padded = 0x8;

inline std::string number(std::uint32_t value, int size) {
  std::string made;
  while (size-- > 0) made.push_back(static_cast<char>(value >> (8 * size)));
  return made;
}

inline std::string frame(int type, int flags, stream_id stream, std::string_view payload) {
  return number(static_cast<std::uint32_t>(payload.size()), 3) + number(static_cast<std::uint32_t>(type), 1) +
         number(static_cast<std::uint32_t>(flags), 1) + number(static_cast<std::uint32_t>(stream), 4) +
         std::string(payload);
}

using setting = std::pair<std::uint32_t, std::uint32_t>;
constexpr std::uint32_t max_streams = 3;
constexpr std::uint32_t initial_window = 4;
constexpr std::uint32_t enable_connect = 8;

inline std::string settings(std::initializer_list<setting> list = {}) {
  std::string payload;
  for (const auto& [name, value] : list) payload += number(name, 2) + number(value, 4);
  return frame(4, 0, 0, payload);
}

// HPACK (RFC 7541): an integer behind `first` with a prefix of `bits`, a string as it is, and a literal field without
// indexing.
inline std::string packed(int first, int bits, std::size_t value) {
  const std::size_t most = (1U << bits) - 1;
  if (value < most) return {static_cast<char>(first | static_cast<int>(value))};
  std::string made{static_cast<char>(first | static_cast<int>(most))};
  for (value -= most; value >= 128; value /= 128) made.push_back(static_cast<char>(value % 128 + 128));
  made.push_back(static_cast<char>(value));
  return made;
}
inline std::string text(std::string_view raw) {
  return packed(0, 7, raw.size()) + std::string(raw);
}
using pair = std::pair<std::string_view, std::string_view>;
inline std::string block(std::initializer_list<pair> list) {
  std::string made;
  for (const auto& [name, value] : list) made += "\0"s + text(name) + text(value);
  return made;
}

inline std::string headers(stream_id stream, std::initializer_list<pair> list, int flags = end_headers) {
  return frame(1, flags, stream, block(list));
}
inline std::string connect(stream_id stream, std::string_view protocol = "websocket", int flags = end_headers) {
  return headers(stream,
                 {{":method", "CONNECT"},
                  {":protocol", protocol},
                  {":scheme", "http"},
                  {":path", "/room"},
                  {":authority", "localhost"}},
                 flags);
}
inline std::string get(stream_id stream) {
  return headers(stream, {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "localhost"}},
                 end_headers | end_stream);
}
inline std::string data(stream_id stream, std::string_view payload, int flags = 0) {
  return frame(0, flags, stream, payload);
}
inline std::string reset(stream_id stream, error_code why = error_code::cancel) {
  return frame(3, 0, stream, number(static_cast<std::uint32_t>(why), 4));
}
inline std::string priority(stream_id stream, std::uint32_t on) {
  return frame(2, 0, stream, number(on, 4) + "\x10");
}
inline std::string ping() {
  return frame(6, 0, 0, "12345678");
}
inline std::string go_away(stream_id last, error_code why, std::string_view reason = {}) {
  return frame(
      7, 0, 0,
      number(static_cast<std::uint32_t>(last), 4) + number(static_cast<std::uint32_t>(why), 4) + std::string(reason));
}
inline std::string window_update(stream_id stream, std::uint32_t more) {
  return frame(8, 0, stream, number(more, 4));
}
inline std::string repeated(const std::string& one, std::size_t times) {
  std::string made;
  made.reserve(one.size() * times);
  while (times-- > 0) made += one;
  return made;
}

inline std::uint32_t read_number(std::string_view from, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (const char each : from.substr(at, size)) value = value << 8 | static_cast<unsigned char>(each);
  return value;
}

// Frames as words: "DATA 1 hello", "DATA 1 . END_STREAM", "RST_STREAM 3 CANCEL". Heads stay packed.
inline words described(std::string_view output) {
  static constexpr std::string_view names[] = {"DATA",         "HEADERS", "PRIORITY", "RST_STREAM",    "SETTINGS",
                                               "PUSH_PROMISE", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};
  words made;
  while (output.size() >= 9) {
    const auto size = read_number(output, 0, 3);
    const auto type = read_number(output, 3, 1);
    const auto flags = read_number(output, 4, 1);
    const auto payload = output.substr(9, size);
    auto one = std::string(names[type]) + " " + std::to_string(read_number(output, 5, 4));
    const auto code = [&](std::size_t at) {
      return " " + std::string(name_of(static_cast<error_code>(read_number(payload, at, 4))));
    };
    if (type == 0)
      one += " " + (payload.size() > 40 ? std::to_string(payload.size()) + " bytes" : std::string(payload));
    if (type <= 1 && (flags & end_stream)) one += " END_STREAM";
    if (type == 3) one += code(0);
    if ((type == 4 || type == 6) && (flags & ack)) one += " ACK";
    if (type == 7) one += code(4);
    if (type == 8) one += " " + std::to_string(read_number(payload, 0, 4));
    made.push_back(one);
    output.remove_prefix(9 + size);
  }
  return made;
}

// Keeps what it is told.
class listener final : public session::handler {
 public:
  words events;
  std::function<void(stream_id, const request_head&)> on_asked = [](stream_id, const request_head&) {};
  std::function<void(stream_id, std::string_view)> on_said = [](stream_id, std::string_view) {};
  std::function<void(stream_id)> on_ended = [](stream_id) {};
  std::function<void(tunnel&)> on_gone = [](tunnel&) {};
  std::function<void(std::int64_t)> on_window_change = [](std::int64_t) {};

  words take() { return std::exchange(events, {}); }
  bool heard(std::string_view word) const { return std::find(events.begin(), events.end(), word) != events.end(); }

 private:
  void on_request(stream_id id, const request_head& asked, bool has_ended) override {
    add("request", id,
        std::string(asked.method) + " " + std::string(asked.protocol) + " " + std::string(asked.authority) +
            std::string(asked.path) + (has_ended ? " end" : "") + (asked.is_too_large ? " too large" : ""));
    for (const auto& each : asked.head) events.back() += " " + std::string(each.name) + "=" + std::string(each.value);
    on_asked(id, asked);
  }
  void on_response(tunnel& of, int status, fields head, bool has_ended) override {
    add("response", of.id, std::to_string(status) + (has_ended ? " end" : ""));
    for (const auto& each : head) events.back() += " " + std::string(each.name) + "=" + std::string(each.value);
  }
  void on_data(tunnel& from, mutable_bytes lent) override {
    const auto id = from.id;
    // However it was cut.
    const auto start = "data " + std::to_string(id) + " ";
    if (events.empty() || !events.back().starts_with(start)) events.push_back(start);
    events.back() += as_text(lent);
    on_said(id, as_text(lent));
  }
  void on_end(tunnel& of) override {
    add("end", of.id, "");
    on_ended(of.id);
  }
  void on_closed(tunnel& gone, error_code why) override {
    add("closed", gone.id, name_of(why));
    on_gone(gone);
  }
  void on_window(tunnel* of) override { add("window", of ? of->id : 0, ""); }
  void on_settings(std::int64_t window_change) override {
    add("settings", 0, "");
    on_window_change(window_change);
  }
  void on_going_away(stream_id last, error_code why, std::string_view reason) override {
    add("going away", last, std::string(name_of(why)) + " " + std::string(reason));
  }

  void add(std::string_view what, stream_id id, std::string_view rest) {
    events.push_back(std::string(what) + " " + std::to_string(id) + (rest.empty() ? "" : " ") + std::string(rest));
  }
};

// A session and who listens to it.
struct end {
  explicit end(side ours, const session_options& options = {}) : at(ours, options, told) {
    told.on_gone = [this](tunnel& gone) { ways.remove_if([&gone](const tunnel& each) { return &each == &gone; }); };
    told.on_window_change = [this](std::int64_t change) {
      for (auto& each : ways) at.change_window(each, change);
    };
  }
  end(const end&) = delete;
  end& operator=(const end&) = delete;

  void accept(stream_id id, fields extra = {}) { at.accept(id, extra, ways.emplace_back()); }
  stream_id ask(const request_head& asked) {
    auto& made = ways.emplace_back();
    return at.connect(asked, made) ? made.id : 0;
  }
  tunnel& way(stream_id id) {
    for (auto& each : ways) {
      if (each.id == id) return each;
    }
    auto& unknown = ways.emplace_back();
    unknown.id = id;
    return unknown;
  }

  bool feed(std::string_view input, std::size_t piece = SIZE_MAX, std::uint64_t now = 0) {
    bool goes_on = true;
    for (std::size_t i = 0; i < input.size() && goes_on; i += std::min(piece, input.size())) {
      std::string part(input.substr(i, piece));  // a block of its own, so that a view beyond it is found
      goes_on = at.feed({reinterpret_cast<std::byte*>(part.data()), part.size()}, now);
    }
    return goes_on;
  }
  std::string take_output() {
    std::string taken(as_text(at.output().view()));
    at.output().drop(taken.size());
    return taken;
  }
  words sent() { return described(take_output()); }

  std::size_t write(stream_id id, std::string_view said) {
    const bytes piece = as_bytes(said);
    return at.write(way(id), {&piece, 1});
  }

  std::list<tunnel> ways;
  listener told;
  session at;
};

// Carries what each sends to the other until neither has anything to say.
inline void pump(end& one, end& other, std::size_t piece = SIZE_MAX) {
  while (!one.at.output().empty() || !other.at.output().empty()) {
    other.feed(one.take_output(), piece);
    one.feed(other.take_output(), piece);
  }
}

}  // namespace peregrine::http2::by_hand
