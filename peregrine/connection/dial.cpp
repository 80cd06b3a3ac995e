#include "peregrine/connection/dial.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/tls_code.hpp"
#include "peregrine/http/http1.hpp"
#include "peregrine/net/tcp_stream.hpp"
#include "peregrine/tls/stream.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace peregrine {

namespace {

constexpr std::uint32_t max_answer = 16 * 1024;  // bytes of the response's head

dial_failure::kind kind_of(int code) noexcept {
  if (tls_code::is_one(code)) return dial_failure::kind::tls;
  switch (code) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
    case EADDRINUSE:
    case EAGAIN:
      return dial_failure::kind::limit;
    case ECONNREFUSED:
      return dial_failure::kind::refused;
    case ECONNRESET:
    case EPIPE:
      return dial_failure::kind::reset;
    case ETIMEDOUT:
      return dial_failure::kind::timeout;
    default:
      return dial_failure::kind::unreachable;
  }
}

}  // namespace

dial_failure dial_failure::of_network(int code, std::string message) {
  return {kind_of(code), code, std::move(message)};
}

namespace {

// One handshake of a client: sits on the stream until the answer is there, then resumes the one who dials.
class outgoing final : public stream::owner {
 public:
  outgoing(stream_ptr carried, const dial_options& options, endpoint& home)
      : options_(options),
        home_(home),
        stream_(std::move(carried)),
        parser_(http::head_parser::kind::response, max_answer),
        key_(websocket::make_key()) {
    stream_->attach(*this);
    websocket::append_invitation(request_, options.ask, {key_.data(), key_.size()});
    on_writable();
    reactor::current().set_timeout(*this, options.timeout);
  }

  stream& carried() noexcept { return *stream_; }

  bool await_ready() const noexcept { return is_done_; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  dialed await_resume() noexcept { return std::move(outcome_); }

 private:
  void on_writable() override {
    const bytes rest = as_bytes(request_).subspan(sent_);
    if (!rest.empty()) sent_ += stream_->write({&rest, 1});
  }

  void on_bytes(mutable_bytes lent) override {
    std::size_t used = 0;
    switch (parser_.feed(lent, used)) {
      case http::head_parser::outcome::need_more:
        return;
      case http::head_parser::outcome::malformed:
        fail({dial_failure::kind::handshake, 0, "the answer is no HTTP/1.1: " + parser_.why()});
        return;
      case http::head_parser::outcome::complete:
        break;
    }
    const auto response = parser_.as_response();
    const auto checked =
        websocket::check_answer(response.status, response.head, options_.ask, {key_.data(), key_.size()});
    if (!checked) {
      const auto why = response.status == 101 ? dial_failure::kind::handshake : dial_failure::kind::status;
      fail({why, response.status, checked.error().message});
      return;
    }
    outcome_.opened.reset(new connection(std::move(stream_), home_, checked->deflate));
    outcome_.opened->hold();
    outcome_.subprotocol = checked->subprotocol;
    if (used < lent.size()) outcome_.opened->on_bytes(lent.subspan(used));
    finish();
  }

  void on_end(int code) override {
    if (code == 0) {
      fail({dial_failure::kind::reset, 0,
            "the server ended the connection before it answered the handshake, as it may when it is full: its "
            "log says more"});
    } else {
      fail(dial_failure::of_network(code, explain(code, attempt::connect)));
    }
  }

  void on_timeout() override {
    fail({dial_failure::kind::timeout, 0, "the server did not answer the handshake in time"});
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

  const dial_options& options_;
  endpoint& home_;
  stream_ptr stream_;
  http::head_parser parser_;
  websocket::handshake_key key_;
  std::string request_;
  std::size_t sent_ = 0;
  bool is_done_ = false;
  dialed outcome_;
  std::coroutine_handle<> waiter_;
};

}  // namespace

result<approach> connect(const dial_options& options, tls::protocol_list offered) {
  auto connecting = tcp_stream::connect(options.to, options.source);
  if (!connecting) return connecting.error();
  approach made;
  made.socket = connecting->release();
  made.carried.reset(made.socket);
  if (options.secured) {
    made.carried.reset(new tls::stream(std::move(made.carried), *options.secured, options.host, offered));
  }
  return made;
}

task<dialed> dial(const dial_options& options, endpoint& home) {
  auto connecting = connect(options);
  if (!connecting) {
    co_return dialed{{}, dial_failure::of_network(connecting.error().code, connecting.error().message), {}};
  }
  outgoing handshake(std::move(connecting->carried), options, home);
  connecting->socket->start();
  co_return co_await handshake;
}

task<dialed> dial(stream_ptr carried, const dial_options& options, endpoint& home) {
  outgoing handshake(std::move(carried), options, home);
  co_return co_await handshake;
}

}  // namespace peregrine
