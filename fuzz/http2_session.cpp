// Any bytes as the peer of an HTTP/2 session, a server's or a client's, with the handshake of a WebSocket on top. The
// first byte chooses the side and the windows, the next sixteen, over and over, what is answered to each event and how
// the rest, which is fed, is cut. What the session tells must make sense, and what it holds stays bounded.
#include "peregrine/http2/session.hpp"
#include "peregrine/websocket/handshake.hpp"

#include "fuzz.hpp"
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace peregrine;
using namespace peregrine::http2;

constexpr std::size_t decisions = 16;
constexpr std::size_t most_output = std::size_t{4} * 1024 * 1024;
constexpr std::string_view prelude = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const std::string long_text(20'000, 'x');

class player final : public session::handler {
 public:
  player(bytes choices, side ours, const session_options& options)
      : choices_(choices), side_(ours), session_(ours, options, *this) {
    if (ours == side::client) {
      for (int i = 0; i < 3; ++i) ask();
    }
  }

  void feed(bytes input) {
    while (!input.empty()) {
      const auto choice = next();
      const auto size = std::min<std::size_t>(input.size(), choice < 128 ? 1 + choice : 16 * choice);
      // A block of its own, so that a view beyond it is found.
      std::vector<std::byte> piece(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
      input = input.subspan(size);
      now_ += next();
      const bool goes_on = session_.feed(piece, now_);
      require(goes_on == session_.failure().empty());
      if (goes_on) act();
      require(session_.output().size() < most_output);
      if (next() & 1) session_.output().drop(session_.output().size());
      if (!goes_on) {
        require(session_.has_ended());
        require(!session_.feed(piece, now_));
        return;
      }
    }
  }

 private:
  // One of our streams; it is destroyed when it is over, so that a call for it afterwards is found.
  struct one : tunnel {
    bool is_answered = false;
    bool has_heard_end = false;
    bool has_finished = false;
  };

  std::uint8_t next() noexcept { return static_cast<std::uint8_t>(choices_[at_++ % choices_.size()]); }

  one& of(const tunnel& told) {
    const auto found = streams_.find(told.id);
    require(found != streams_.end() && found->second.get() == &told);
    return *found->second;
  }

  void ask() {
    auto made = std::make_unique<one>();
    asking_ = made.get();
    const bool is_asked = session_.connect(
        {.method = "CONNECT", .scheme = "http", .authority = "a", .path = "/", .protocol = "websocket", .head = {}},
        *made);
    // It may be over before it has begun: a peer that goes away takes no more.
    if (is_asked && asking_) streams_[made->id] = std::move(made);
    asking_ = nullptr;
  }

  void answer(stream_id id, bool is_accepted) {
    if (!is_accepted || !session_.is_open(id)) {
      session_.respond(id, 400, {}, as_bytes(std::string_view(long_text).substr(0, std::size_t{next()} * 70)));
      return;
    }
    auto made = std::make_unique<one>();
    made->is_answered = true;
    session_.accept(id, {}, *made);
    streams_[id] = std::move(made);
  }

  // Of an ordinary request, which is answered when something of its content, or its end, was heard.
  void hear(stream_id id) {
    auto made = std::make_unique<one>();
    session_.hear(id, *made);
    streams_[id] = std::move(made);
  }

  // Something that an owner may do with its stream, at any time.
  void use(stream_id id) {
    auto& own = *streams_.at(id);
    const auto choice = next();
    switch (choice % 8) {
      case 7:
        if (!own.hears_content) break;
        answer(id, false);
        streams_.erase(id);
        break;
      case 0:
      case 1:
      case 2: {
        if (own.has_finished || !own.is_answered) break;
        const auto text = std::string_view(long_text).substr(0, choice % 3 == 0 ? long_text.size() : choice);
        const std::array<bytes, 2> pieces{as_bytes(text), as_bytes("more")};
        require(session_.write(own, pieces) <= text.size() + 4);
        break;
      }
      case 3:
        session_.consume(own, own.unread);
        break;
      case 4:
        if (own.has_finished || !own.is_answered) break;
        own.has_finished = true;
        session_.finish(own);
        break;
      case 5:
        session_.part(own);
        streams_.erase(id);
        break;
      case 6:
        if (choice & 64) {
          session_.reset(own, error_code::internal_error);
          streams_.erase(id);
        }
        break;
      default:
        break;
    }
  }

  // Between one feed and the next.
  void act() {
    for (const auto& [id, is_accepted] : std::exchange(unanswered_, {})) answer(id, is_accepted);
    const auto choice = next();
    if (choice & 1 && !streams_.empty()) {
      auto chosen = streams_.lower_bound(choice / 2);
      if (chosen == streams_.end()) chosen = streams_.begin();
      use(chosen->first);
    }
    if ((choice & 6) == 6 && side_ == side::client) ask();
    if ((choice & 24) == 24) session_.ping();
    if (choice == 255) session_.go_away();
  }

  void on_request(stream_id id, const request_head& asked, bool has_ended) override {
    require(side_ == side::server && !streams_.contains(id));
    websocket::opening opening{.head = asked.head};
    opening.kind = websocket::handshake_kind::extended_connect;
    opening.method = asked.method;
    opening.authority = asked.authority;
    opening.protocol = asked.protocol;
    const auto outcome = websocket::check_opening(opening, {});
    const bool is_accepted = std::holds_alternative<websocket::accepted>(outcome);
    if (is_accepted) require(asked.method == "CONNECT" && !asked.protocol.empty());
    const auto choice = next();
    if (!is_accepted && !has_ended && choice & 8) {
      hear(id);
      return;
    }
    if (choice & 1) {
      unanswered_[id] = is_accepted;
      return;
    }
    answer(id, is_accepted);
    if (choice & 2 && streams_.contains(id)) use(id);
  }

  void on_response(tunnel& to, int status, fields, bool) override {
    auto& own = of(to);
    require(side_ == side::client && status >= 200 && status <= 999 && !own.is_answered && !own.has_heard_end);
    own.is_answered = true;
    if (next() & 1) use(own.id);
  }

  void on_data(tunnel& from, mutable_bytes lent) override {
    auto& own = of(from);
    require(!lent.empty() && (own.is_answered || own.hears_content) && !own.has_heard_end);
    std::fill(lent.begin(), lent.end(), std::byte{0});  // the owner may change them
    use(own.id);
  }

  void on_end(tunnel& of_it) override {
    auto& own = of(of_it);
    require(!own.has_heard_end && own.peer_has_ended);
    own.has_heard_end = true;
    if (next() & 1) use(own.id);
  }

  void on_closed(tunnel& gone, error_code) override {
    if (&gone == asking_) {
      asking_ = nullptr;
      return;
    }
    of(gone);
    streams_.erase(gone.id);
  }

  void on_window(tunnel* opened) override {
    if (opened) of(*opened);
  }
  void on_settings(std::int64_t change) override {
    require(session_.has_peer_settings());
    for (auto& [id, each] : streams_) session_.change_window(*each, change);
  }
  void on_going_away(stream_id, error_code why, std::string_view) override { require(!name_of(why).empty()); }

  bytes choices_;
  std::size_t at_ = 0;
  std::uint64_t now_ = 0;
  side side_;
  std::map<stream_id, std::unique_ptr<one>> streams_;
  std::map<stream_id, bool> unanswered_;
  const tunnel* asking_ = nullptr;
  session session_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 + decisions) return 0;
  const auto input = std::as_bytes(std::span(data, size));
  const auto ours = data[0] & 1 ? side::client : side::server;
  const session_options options{.max_streams = 8,
                                .stream_window = data[0] & 2 ? 16U * 1024 : 100U,
                                .connection_window = data[0] & 4 ? 1024U * 1024 : 65'535U,
                                .max_head = 2000};
  player played(input.subspan(1, decisions), ours, options);
  if (ours == side::server && !(data[0] & 8)) played.feed(as_bytes(prelude));
  played.feed(input.subspan(1 + decisions));
  return 0;
}
