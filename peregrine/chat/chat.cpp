#include "peregrine/chat/chat.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/log.hpp"
#include "peregrine/chat/line_reader.hpp"
#include "peregrine/chat/session.hpp"
#include "peregrine/chat/speech.hpp"
#include "peregrine/http/url.hpp"
#include "peregrine/runtime/signals.hpp"
#include "peregrine/tls/context.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

namespace peregrine::chat {
namespace {

// Of a message of the room, in bytes: more than most servers take, since other servers have other limits.
constexpr std::uint32_t longest_message = 1024 * 1024;

// A field's value may hold no control character (RFC 9110 §5.5).
bool fits_a_field(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
}

// "Bearer …", or empty where no file is named.
result<std::string> read_authorization(const std::string& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  if (!in) return failure{"cannot read the token from '" + file + "': " + explain(errno, attempt::open), errno};
  std::string token{std::istreambuf_iterator<char>(in), {}};
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.empty()) return failure{"the token file '" + file + "' is empty; expected one line"};
  if (!fits_a_field(token)) return failure{"the token in '" + file + "' is more than one line of plain characters"};
  return "Bearer " + token;
}

task<dialed> fail(failure why) {
  co_return dialed{{}, dial_failure{dial_failure::kind::unreachable, why.code, std::move(why.message)}, {}};
}

// Where the room is and how to ask for it. What a dial views stands here.
class way_in {
 public:
  way_in(const options& chosen, http::url where, std::string authorization, tls::client_context secured)
      : where_(std::move(where)),
        authority_(where_.authority()),
        authorization_(std::move(authorization)),
        field_{"Authorization", authorization_},
        secured_(std::move(secured)) {
    home_.options.reader.max_message = longest_message;
    options_.version = chosen.version;
    auto& dial = options_.dial;
    dial.ask.target = where_.target;
    dial.ask.host = authority_;
    dial.ask.origin = chosen.origin;
    dial.host = where_.host;
    if (where_.is_secure) dial.secured = &secured_;
    if (chosen.deflate) dial.ask.deflate = websocket::stateless_deflate;
    if (!authorization_.empty()) dial.ask.extra = {&field_, 1};
  }
  way_in(const way_in&) = delete;
  way_in& operator=(const way_in&) = delete;

  // The name is looked up each time: a server that comes back may come back elsewhere.
  task<dialed> dial() {
    auto found = address::resolve(where_.host, where_.port);
    if (!found) return fail(found.error());
    options_.dial.to = *found;
    return dialer_.emplace(options_, home_).dial();
  }

  // Once nobody dials. What the dialer still holds is closed, and destroyed at the end of a turn.
  void close() noexcept { dialer_.reset(); }

 private:
  http::url where_;
  std::string authority_;
  std::string authorization_;
  field field_;
  tls::client_context secured_;
  client_endpoint home_;
  dialer_options options_;
  std::optional<dialer> dialer_;  // the latest
};

void print(const message& said, bool json) {
  const auto line = json ? to_json_line(said) : to_line(said);
  if (line.empty()) return;
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

// What is typed goes to the session, and no more is read than it has room for.
class typist final : private line_reader::listener {
 public:
  typist(session& room, std::string user) : room_(room), user_(std::move(user)), lines_(STDIN_FILENO, *this) {}

  result<> go_on() { return lines_.resume(); }
  void rest() noexcept { lines_.pause(); }

 private:
  void on_line(std::string_view line) override {
    room_.say(to_message(user_, line));
    if (!room_.has_room()) lines_.pause();
  }
  void on_end_of_input(int code) override {
    if (code != 0) log::warning("chat", "Standard input cannot be read any more: {}", explain(code, attempt::open));
    room_.end_of_speech();
  }

  session& room_;
  std::string user_;
  line_reader lines_;
};

// Until it is over, one way or the other.
result<> talk(reactor& loop, way_in& way, const options& chosen) {
  typist* typing = nullptr;
  session room({.dial = [&way] { return way.dial(); },
                .hear = [json = chosen.json](const message& said) { print(said, json); },
                .want_more =
                    [&typing] {
                      if (const auto more = typing->go_on(); !more) log::error("chat", "{}", more.error().message);
                    },
                .tell_end = [&loop] { loop.stop(); },
                .retry = backoff(make_random())});
  typist fingers(room, chosen.user);
  typing = &fingers;
  signals stop;
  if (auto watching = stop.watch([&room](int) { room.leave(); }); !watching) return watching.error();
  if (auto reading = fingers.go_on(); !reading) return reading.error();

  room.start();
  while (!room.outcome()) loop.run_turn();
  fingers.rest();
  return *room.outcome();
}

}  // namespace

result<> check(const options& chosen) {
  const auto where = http::url::parse(chosen.url);
  if (!where) return where.error();
  if (!where->is_secure && (chosen.insecure || !chosen.authorities.empty())) {
    return failure{"--ca and --insecure go with TLS, which '" + chosen.url +
                   "' does not ask for; expected wss://HOST/ROOM"};
  }
  if (!fits_a_field(chosen.origin)) {
    return failure{"--origin has control characters; expected an origin such as http://example.org"};
  }
  return {};
}

result<> run(const options& chosen) {
  assert(check(chosen) && "checked by whoever took the options");
  auto authorization = read_authorization(chosen.token_file);
  if (!authorization) return authorization.error();
  auto secured = tls::client_context::make({chosen.authorities, chosen.insecure, dialled_protocols});
  if (!secured) return secured.error();

  reactor loop;
  way_in way(chosen, *http::url::parse(chosen.url), std::move(*authorization), std::move(*secured));
  auto outcome = talk(loop, way, chosen);
  way.close();
  for (int i = 0; i < 3; ++i) loop.run_turn(false);  // what was closed is destroyed at the end of a turn
  return outcome;
}

}  // namespace peregrine::chat
