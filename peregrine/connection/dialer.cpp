#include "peregrine/connection/dialer.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/net/tcp_stream.hpp"
#include "peregrine/tls/context.hpp"

#include <cassert>
#include <cerrno>
#include <utility>

namespace peregrine {

namespace {

constexpr std::size_t most_connecting = 64;  // HTTP/2 connections at a time
constexpr int most_refusals = 8;             // of one dial, by the server's limit of streams

// What is offered by ALPN (RFC 7301).
constexpr std::string_view both[] = {"h2", "http/1.1"};
constexpr tls::protocol_list either(both);
constexpr tls::protocol_list only_http2(both, 1);

}  // namespace

// Stands in line for a stream. Woken with a connection that has room, or with none: then HTTP/1.1 is spoken, on
// `greeted` if that is there.
class dialer::waiter final : public event_target {
 public:
  explicit waiter(dialer& home) : home_(home) {}
  // A dial that is given up, with the coroutine in whose frame this lives.
  ~waiter() override {
    if (handle_) std::erase(home_.waiting_, this);
  }

  bool await_ready() noexcept {
    if (home_.version_ == http_version::http1) return true;
    if (home_.waiting_.empty()) by = home_.with_room();
    return by != nullptr;
  }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    home_.waiting_.push_back(this);
    reactor::current().set_timeout(*this, home_.chosen_.dial.timeout);
    home_.open_carriers();
  }
  void await_resume() const noexcept {}

  // Out of the line already.
  void wake() {
    reactor::clear_timeout(*this);
    std::exchange(handle_, nullptr).resume();
  }

  http2::carrier* by = nullptr;
  stream_ptr greeted;
  std::optional<dial_failure> failure;

 private:
  void on_timeout() override {
    std::erase(home_.waiting_, this);
    failure = dial_failure{dial_failure::kind::timeout, ETIMEDOUT, "no HTTP/2 connection to the server in time"};
    wake();
  }

  dialer& home_;
  std::coroutine_handle<> handle_;
};

// One extended CONNECT (RFC 8441 §5), from the request to the response.
class dialer::request final : public http2::carrier::suitor {
 public:
  request(http2::carrier& by, dialer& home) : home_(home) {
    const auto& ask = home.chosen_.dial.ask;
    http2::request_head head;
    head.method = "CONNECT";
    head.protocol = "websocket";
    head.scheme = home.chosen_.dial.secured ? "https" : "http";
    head.path = ask.target;
    head.authority = ask.host;
    head.head = home.head_;
    stream_ = by.connect(head, *this);
    if (!stream_) {
      was_refused_ = is_done_ = true;
      return;
    }
    reactor::current().set_timeout(*this, home.chosen_.dial.timeout);
  }

  bool await_ready() const noexcept { return is_done_; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  dialed await_resume() noexcept { return std::move(outcome_); }

  // The server has done nothing about it: it may be sent again (RFC 9113 §8.7).
  bool was_refused() const noexcept { return was_refused_; }

 private:
  void on_response(int status, fields head) override {
    const auto checked =
        websocket::check_answer(status, head, home_.chosen_.dial.ask, {}, websocket::handshake_kind::extended_connect);
    if (!checked) {
      const auto why = status >= 200 && status <= 299 ? dial_failure::kind::handshake : dial_failure::kind::status;
      fail({why, status, checked.error().message});
      return;
    }
    outcome_.opened.reset(new connection(std::move(stream_), home_.home_, checked->deflate));
    outcome_.opened->hold();
    outcome_.subprotocol = checked->subprotocol;
    finish();
  }

  void on_bytes(mutable_bytes) override {}
  void on_writable() override {}
  void on_end(int code) override {
    was_refused_ = code == ECONNREFUSED;
    fail(dial_failure::of_network(code, "the HTTP/2 connection or its stream ended before the server answered"));
  }
  void on_timeout() override {
    fail({dial_failure::kind::timeout, ETIMEDOUT, "the server did not answer the handshake in time"});
  }

  void fail(dial_failure why) {
    outcome_.failure = std::move(why);
    stream_.reset();
    finish();
  }

  // May destroy this object: the coroutine in whose frame it lives goes on.
  void finish() {
    reactor::clear_timeout(*this);
    is_done_ = true;
    if (waiter_) std::exchange(waiter_, nullptr).resume();
  }

  dialer& home_;
  stream_ptr stream_;
  bool is_done_ = false;
  bool was_refused_ = false;
  dialed outcome_;
  std::coroutine_handle<> waiter_;
};

// Waits for the end of a TLS handshake, to see what was agreed on.
class dialer::greeting final : public stream::owner {
 public:
  greeting(dialer& home, stream_ptr carried) : home_(home), stream_(std::move(carried)) {
    stream_->attach(*this);
    reactor::current().set_timeout(*this, home.chosen_.dial.timeout);
  }

 private:
  void on_writable() override {
    auto carried = std::move(stream_);
    auto& home = home_;
    home.greetings_.erase(this);
    delete this;
    if (carried->application_protocol() == "h2") {
      home.carry(std::move(carried));
    } else if (home.version_ == http_version::http2) {
      carried.reset();
      home.fail_waiting(home.chosen_.streams, {dial_failure::kind::handshake, 0,
                                               "the server did not agree to speak HTTP/2 (ALPN); use HTTP/1.1"});
    } else {
      home.settle_for_http1(std::move(carried));
    }
  }
  void on_bytes(mutable_bytes) override {}
  void on_end(int code) override { fail(dial_failure::of_network(code, explain(code, attempt::connect))); }
  void on_timeout() override {
    fail({dial_failure::kind::timeout, ETIMEDOUT, "the server did not finish the TLS handshake in time"});
  }

  void fail(const dial_failure& why) {
    auto& home = home_;
    home.greetings_.erase(this);
    delete this;
    home.fail_waiting(home.chosen_.streams, why);
    home.open_carriers();
  }

  dialer& home_;
  stream_ptr stream_;
};

dialer::dialer(dialer_options chosen, endpoint& home)
    : chosen_(std::move(chosen)), home_(home), version_(chosen_.version) {
  if (version_ == http_version::automatic && !chosen_.dial.secured) version_ = http_version::http1;
  carrier_options_.settings_timeout = chosen_.dial.timeout;
  carrier_options_.ping_interval = home.options.ping_interval;
  carrier_options_.idle_timeout = home.options.idle_timeout;
  for (const auto& source : chosen_.sources) by_source_.emplace_back(chosen_.dial).source = source;
  websocket::append_fields(head_, chosen_.dial.ask, subprotocols_, extensions_);
}

dialer::~dialer() {
  assert(waiting_.empty() && "a dial is under way");
  for (auto* each : greetings_) delete each;
  for (auto* each : std::unordered_set(carriers_)) each->abort();
}

task<dialed> dialer::dial() {
  for (int refusals = 0;; ++refusals) {
    waiter turn(*this);
    co_await turn;
    if (turn.failure) {
      dialed nothing;
      nothing.failure = std::move(turn.failure);
      co_return nothing;
    }
    if (!turn.by) {
      if (turn.greeted) co_return co_await peregrine::dial(std::move(turn.greeted), chosen_.dial, home_);
      co_return co_await peregrine::dial(next_options(), home_);
    }
    request asked(*turn.by, *this);
    dialed came = co_await asked;
    if (!asked.was_refused() || refusals == most_refusals) co_return came;
  }
}

// Dials of HTTP/1.1 refer to their options until they end, so that there are as many as sources.
const dial_options& dialer::next_options() noexcept {
  if (by_source_.empty()) return chosen_.dial;
  return by_source_[next_source_++ % by_source_.size()];
}

// ---- connections ----

http2::carrier* dialer::with_room() noexcept {
  while (!with_room_.empty()) {
    const auto first = with_room_.begin();
    if ((*first)->room(chosen_.streams) > 0) return *first;
    with_room_.erase(first);
  }
  return nullptr;
}

dialer::waiter* dialer::take_waiting() noexcept {
  if (waiting_.empty()) return nullptr;
  auto* first = waiting_.front();
  waiting_.pop_front();
  return first;
}

void dialer::distribute() {
  while (!waiting_.empty()) {
    auto* by = with_room();
    if (!by) break;
    auto* next = take_waiting();
    next->by = by;
    next->wake();
  }
  open_carriers();
}

// As many as it takes for those in line; until the first server has answered, one.
void dialer::open_carriers() {
  const bool knows = version_ == http_version::http2 && carriers_.size() > connecting_.size();
  const std::size_t most = knows ? most_connecting : 1;
  while (waiting_.size() > (connecting_.size() + greetings_.size()) * chosen_.streams &&
         connecting_.size() + greetings_.size() < most) {
    open_carrier();
  }
}

void dialer::open_carrier() {
  auto opened = connect(next_options(), chosen_.version == http_version::http2 ? only_http2 : either);
  if (!opened) {
    fail_waiting(chosen_.streams, dial_failure::of_network(opened.error().code, opened.error().message));
    return;
  }
  if (chosen_.dial.secured) {
    greetings_.insert(new greeting(*this, std::move(opened->carried)));
  } else {
    carry(std::move(opened->carried));
  }
  opened->socket->start();
}

void dialer::carry(stream_ptr carried) {
  auto* opened = new http2::carrier(std::move(carried), http2::side::client, carrier_options_, *this);
  carriers_.insert(opened);
  connecting_.insert(opened);
}

void dialer::on_room(http2::carrier& by) {
  if (!by.is_ready() || by.is_going_away()) return;
  const bool is_new = connecting_.erase(&by) > 0;
  if (is_new && !by.takes_websockets()) {
    // RFC 8441 §3: without the server's word for it, extended CONNECT may not be sent.
    if (version_ == http_version::http2) {
      fail_waiting(
          waiting_.size(),
          {dial_failure::kind::handshake, 0,
           "the server speaks HTTP/2, but announces no WebSockets on it (SETTINGS_ENABLE_CONNECT_PROTOCOL, RFC "
           "8441 §3); use HTTP/1.1"});
    } else {
      settle_for_http1(nullptr);
    }
    by.abort();
    return;
  }
  if (is_new) ++carriers_opened_;
  version_ = http_version::http2;
  with_room_.insert(&by);
  distribute();
}

void dialer::on_over(http2::carrier& gone, int code, const std::string& why) {
  carriers_.erase(&gone);
  with_room_.erase(&gone);
  if (connecting_.erase(&gone) > 0) fail_waiting(chosen_.streams, dial_failure::of_network(code, why));
  open_carriers();  // for those who still stand in line
}

void dialer::settle_for_http1(stream_ptr greeted) {
  version_ = http_version::http1;
  while (auto* next = take_waiting()) {
    next->greeted = std::move(greeted);
    next->wake();
  }
}

void dialer::fail_waiting(std::size_t most, const dial_failure& why) {
  for (std::size_t i = 0; i < most; ++i) {
    auto* next = take_waiting();
    if (!next) return;
    next->failure = why;
    next->wake();
  }
}

}  // namespace peregrine
