#include "peregrine/connection/acceptor.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/log.hpp"
#include "peregrine/connection/turning_away.hpp"
#include "peregrine/http/http1.hpp"
#include "peregrine/net/tcp_stream.hpp"
#include "peregrine/tls/stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <optional>
#include <utility>
#include <variant>

namespace peregrine {

namespace {

constexpr std::chrono::milliseconds farewell{2'000};  // for a client to read why it was refused

// Whether a request without an Upgrade was meant to be a handshake, and is to hear what it lacks.
bool wants_websocket(const http::request& request) noexcept {
  return find(request.head, "upgrade") || find(request.head, "sec-websocket-key");
}

}  // namespace

// One opening handshake under way. It becomes a connection, or says why not, and is gone.
class acceptor::incoming final : public stream::owner, public slab_allocated<incoming> {
 public:
  static constexpr const char* slab_name = "handshake";

  incoming(acceptor& home, stream_ptr carried)
      : home_(home), stream_(std::move(carried)), began_(microseconds(reactor::current().turn_began())) {
    stream_->attach(*this);
    ++home_.handshakes_;
    reactor::current().set_timeout(*this, home_.accept_options_.handshake_timeout);
  }
  // One that is turned away as soon as it has said in which protocol.
  incoming(acceptor& home, stream_ptr carried, obstacle met) : incoming(home, std::move(carried)) {
    met_ = met;
    ++home_.lingering_;
    reactor::current().set_timeout(*this, farewell);
  }
  ~incoming() override {
    --home_.handshakes_;
    if (met_) --home_.lingering_;
  }

  bool belongs_to(const acceptor& other) const noexcept { return &home_ == &other; }

 private:
  // Of a time in nanoseconds; wraps after 71 minutes.
  static std::uint32_t microseconds(std::uint64_t time) noexcept { return static_cast<std::uint32_t>(time / 1000); }

  void on_bytes(mutable_bytes lent) override {
    if (is_answered_) return;
    if (met_) {
      turn_away(as_text(lent));
      return;
    }
    if (!parser_ && !is_http1(lent)) return;
    std::size_t used = 0;
    switch (parser_->feed(lent, used)) {
      case http::head_parser::outcome::need_more:
        return;
      case http::head_parser::outcome::malformed:
        refuse(parser_->status(), parser_->why(), {});
        return;
      case http::head_parser::outcome::complete:
        break;
    }
    const auto request = parser_->as_request();
    if (!wants_websocket(request)) {
      visit(request, lent.subspan(used));
      return;
    }
    websocket::opening opening;
    opening.method = request.method;
    opening.version_major = request.version_major;
    opening.version_minor = request.version_minor;
    opening.head = request.head;
    const auto outcome = websocket::check_opening(opening, home_.accept_options_.handshake);
    if (const auto* refusal = std::get_if<websocket::refusal>(&outcome)) {
      refuse(refusal->status, refusal->why, refusal->extra);
      return;
    }
    if (home_.accept_options_.refuse_opening) {
      if (const auto refusal = home_.accept_options_.refuse_opening(request)) {
        refuse(refusal->status, refusal->body, http::head_of(*refusal));
        return;
      }
    }
    promote(request, std::get<websocket::accepted>(outcome), lent.subspan(used));
  }

  // With the first bytes this object becomes an HTTP/2 connection, or takes a parser for HTTP/1.1.
  bool is_http1(mutable_bytes lent) {
    const std::size_t before = preface_seen_;
    const auto piece = as_text(lent);
    const auto expected = http2_begins.substr(before);
    const auto common = std::min(piece.size(), expected.size());
    if (piece.substr(0, common) != expected.substr(0, common)) {
      take_parser();
      std::size_t used = 0;
      parser_->feed(as_bytes(http2_begins.substr(0, before)), used);
      return true;
    }
    preface_seen_ = static_cast<std::uint8_t>(before + common);
    if (preface_seen_ == http2_begins.size()) carry(lent.subspan(common));
    return false;
  }

  // Ends this object.
  void carry(mutable_bytes rest) {
    std::string seen(http2_begins);
    mutable_bytes received[] = {std::as_writable_bytes(std::span(seen)), rest};
    auto& home = home_;
    record_time();
    auto carried = std::move(stream_);
    delete this;
    home.carry(std::move(carried), received);
  }

  // Ends this object.
  void visit(const http::request& request, bytes rest) {
    auto& home = home_;
    auto parser = std::move(parser_);  // which holds the request
    auto carried = std::move(stream_);
    delete this;
    home.on_ordinary(std::move(carried), request, rest);
    home.spare_parser_ = std::move(parser);
  }

  // Ends this object.
  void promote(const http::request& request, const websocket::accepted& agreed, mutable_bytes rest) {
    thread_local std::string answer;
    answer.clear();
    websocket::append_acceptance(answer, agreed);
    if (log::is_enabled(log::level::debug)) {  // to ask for the peer is a system call
      log::debug("server", {{"peer", stream_->peer()}, {"protocol", "HTTP/1.1"}, {"path", request.path}},
                 "Opened a WebSocket");
    }
    auto* opened = new connection(std::move(stream_), home_, agreed.deflate);
    opened->begin_with(shared_buffer::copy_of(as_bytes(answer)));
    record_time();
    opened->run(home_.serve_, request, agreed.subprotocol);
    home_.spare_parser_ = std::move(parser_);
    delete this;
    if (!rest.empty()) opened->on_bytes(rest);
  }

  void record_time() const noexcept {
    const auto now = microseconds(reactor::current().turn_began());
    home_.handshakes_took_.record(std::uint64_t{static_cast<std::uint32_t>(now - began_)} * 1000);
  }

  // With the first byte, not before: who connects and says nothing is held in 64 bytes until the deadline. Most heads
  // come whole, so that one parser serves one handshake after the other.
  void take_parser() {
    parser_ = std::move(home_.spare_parser_);
    if (parser_) {
      parser_->reset();
    } else {
      parser_ = std::make_unique<http::head_parser>(http::head_parser::kind::request, home_.accept_options_.max_head);
    }
  }

  [[gnu::cold]] void refuse(int status, std::string_view why, fields extra) {
    ++home_.refused_[status];
    log::debug("server", {{"peer", stream_->peer()}, {"status", status}}, "Refused a handshake: {}", why);
    std::string response;
    http::append_response(response, status, extra, std::string(why) + (why.ends_with('\n') ? "" : "\n"));
    say(response);
  }

  void turn_away(std::string_view piece) {
    std::string first(http2_begins.substr(0, preface_seen_));
    const auto protocol = spoken_by(first.append(piece.substr(0, http2_begins.size())));
    if (protocol == spoken::nothing_yet) {
      preface_seen_ = static_cast<std::uint8_t>(first.size());
    } else {
      turn_away(protocol);
    }
  }

  void turn_away(spoken protocol) {
    say(farewell_in(protocol, *met_, home_.accept_options_.admits->retry_after(*met_)));
  }

  void say(const std::string& last) {
    const bytes whole = as_bytes(last);
    stream_->write({&whole, 1});
    stream_->finish();
    is_answered_ = true;
    reactor::current().set_timeout(*this, farewell);
  }

  void on_timeout() override {
    if (met_ && !is_answered_) {  // who says nothing is taken for the many
      turn_away(spoken::http1);
    } else if (is_answered_ || !parser_) {
      delete this;
    } else {
      refuse(408, "The request's head did not arrive in time.", {});
    }
  }

  void on_end(int) override { delete this; }
  void on_writable() override {}

  acceptor& home_;
  stream_ptr stream_;
  std::unique_ptr<http::head_parser> parser_;
  bool is_answered_ = false;
  std::uint8_t preface_seen_ = 0;  // bytes, while nothing else was
  std::optional<obstacle> met_;
  std::uint32_t began_;
};

acceptor::acceptor(accept_options accepting, handler serve)
    : accept_options_(std::move(accepting)), serve_(std::move(serve)) {
  options = accept_options_.connection;
  options.reader.role = websocket::role::server;
  carrier_options_.session.max_streams = accept_options_.max_streams;
  carrier_options_.session.stream_window = accept_options_.stream_window;
  carrier_options_.session.max_head = accept_options_.max_head;
  carrier_options_.settings_timeout = accept_options_.handshake_timeout;
  carrier_options_.ping_interval = options.ping_interval;
  carrier_options_.idle_timeout = options.idle_timeout;
  // The first use of SHA-1 loads the library's providers, some milliseconds and two megabytes: not during a handshake.
  websocket::accept_key("AAAAAAAAAAAAAAAAAAAAAA==");
}

acceptor::~acceptor() {
  assert(is_idle() && "connections outlive their acceptor");
}

result<address> acceptor::listen(const address& at, tls::server_context* secured) {
  auto opened = listener::open(
      at, [this, secured](int socket) { on_socket(socket, secured); },
      [this](const std::string& why) {
        log::warning("server", {{"connections", counts.live}},
                     "Cannot accept more connections for now: {}\nThose who are here are served on; the others wait.",
                     why);
      });
  if (!opened) return opened.error();
  listeners_.push_back(std::move(*opened));
  return listeners_.back()->local();
}

void acceptor::on_socket(int socket, const tls::server_context* secured) {
  if (accept_options_.admits) {
    if (const auto met = accept_options_.admits->enter(socket)) {
      turn_away(socket, *met, secured != nullptr);
      return;
    }
  }
  auto* below = new tcp_stream(socket);
  if (accept_options_.counts_traffic) below->count_traffic();
  stream_ptr carried(below);
  if (secured) carried.reset(new tls::stream(std::move(carried), *secured));
  accept(std::move(carried));
  below->start();
}

void acceptor::accept(stream_ptr carried) {
  static_assert(sizeof(incoming) <= 64, "who connects and says nothing costs no more");
  new incoming(*this, std::move(carried));
}

// Who is closed with something unread gets a reset, and may never read what was said before it. So the refused stay for
// a moment, as long as there are not too many of them.
void acceptor::turn_away(int socket, obstacle met, bool is_secure) {
  constexpr std::size_t most_lingering = 1024;
  count(met);
  if (lingering_ < most_lingering && accept_options_.admits->may_linger(socket)) {
    auto* below = new tcp_stream(socket);
    new incoming(*this, stream_ptr(below), met);
    below->start();
    return;
  }
  std::array<char, 4096> unread;
  ::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT);
  const auto last = farewell_in(is_secure ? spoken::tls : spoken::http1, met, accept_options_.admits->retry_after(met));
  ::send(socket, last.data(), last.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::close(socket);
}

// All are counted; the log has a sum of them each second, and how to make room once in a while.
void acceptor::count(obstacle met) {
  constexpr std::uint64_t told_every = 60'000;  // ms
  ++counts.turned_away[static_cast<std::size_t>(met)];
  ++refused_[503];
  const auto now = reactor::current().now();
  if (met != obstacle::files || (obstacle_told_ != 0 && now - obstacle_told_ < told_every)) return;
  obstacle_told_ = now;
  log::warning("server", {{"connections", counts.live}},
               "Cannot accept more connections for now: {}\nThose who are here are served on; the others are told to "
               "come back later (503).",
               explain(EMFILE, attempt::accept));
}

std::size_t acceptor::sockets() const noexcept {
  const auto on_http1 = counts.live_by[transport_of(false, false)] + counts.live_by[transport_of(false, true)];
  return static_cast<std::size_t>(on_http1 + handshakes_) + carriers_.size();
}

void acceptor::for_each_connection(const std::function<void(connection&)>& visit) {
  slab_allocated<connection>::home().for_each([&](void* object) {
    auto& each = *static_cast<connection*>(object);
    if (&each.home() == this) visit(each);
  });
}

std::size_t acceptor::visit_part(std::size_t part, const std::function<void(connection&)>& visit) {
  return slab_allocated<connection>::home().visit_part(part, [&](void* object) {
    auto& each = *static_cast<connection*>(object);
    if (&each.home() == this) visit(each);
  });
}

void acceptor::close_all(websocket::close_code code, std::string_view why) {
  slab_allocated<incoming>::home().for_each([&](void* object) {
    auto* each = static_cast<incoming*>(object);
    if (each->belongs_to(*this)) delete each;
  });
  end_visits();
  for_each_connection([&](connection& each) { each.close(code, why); });
  for (auto* each : carriers_) each->go_away();
}

void acceptor::stop_admitting() {
  stop_listening();
  for (auto* each : carriers_) each->go_away();
}

std::size_t acceptor::close_some(std::size_t most, websocket::close_code code,
                                 const std::function<std::string()>& why) {
  constexpr std::size_t most_passed_over = 20'000;  // some milliseconds
  std::size_t closed = 0;
  std::size_t passed_over = 0;
  while (closed < most) {
    const auto next = visit_part(next_to_close_, [&](connection& each) {
      if (closed == most) return;
      if (!each.is_open()) {
        ++passed_over;
        return;
      }
      each.close(code, why());
      ++closed;
    });
    if (closed == most) break;  // this part may have more
    next_to_close_ = next;
    if (next == 0 || passed_over >= most_passed_over) break;
  }
  return closed;
}

void acceptor::abort_all() {
  for_each_connection([](connection& each) { each.abort(); });
  for (auto* each : std::unordered_set(carriers_)) each->abort();
}

}  // namespace peregrine
