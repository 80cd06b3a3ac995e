#include "peregrine/swarm/opener.hpp"

#include "peregrine/http/url.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

namespace peregrine::swarm {
namespace {

// So many failures one after the other, and none of the rest is tried: a swarm does not spin at a closed door.
constexpr std::uint64_t patience = 100;

}  // namespace

std::string name_of(const dial_failure& why) {
  using kind = dial_failure::kind;
  switch (why.why) {
    case kind::limit:
      return "limit";
    case kind::refused:
      return "refused";
    case kind::reset:
      return "reset";
    case kind::unreachable:
      return "unreachable";
    case kind::timeout:
      return "timeout";
    case kind::tls:
      return "tls";
    case kind::status:
      return "status " + std::to_string(why.code);
    case kind::handshake:
      return "handshake";
  }
  return "unknown";
}

opener::opener(const options& chosen, const share& ours, const address& to, endpoint& home, on_opened opened,
               on_done done)
    : ours_(ours), opened_(std::move(opened)), done_(std::move(done)), dialer_(place(chosen, to), home) {}

dialer_options opener::place(const options& chosen, const address& to) {
  const auto url = http::url::parse(chosen.url);
  assert(url && "checked before anything was started");
  target_ = url->target;
  host_ = url->authority();
  for (const std::string_view each : chosen.headers) {
    const auto colon = each.find(':');
    auto value = each.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    fields_.push_back({each.substr(0, colon), value});
  }
  websocket::invitation ask;
  ask.target = target_;
  ask.host = host_;
  ask.origin = chosen.origin;
  ask.subprotocols = chosen.subprotocols;
  // No state between messages on either side, so that a member stays small.
  if (chosen.deflate) ask.deflate = websocket::stateless_deflate;
  ask.extra = fields_;
  if (url->is_secure) {
    auto made = tls::client_context::make({chosen.authorities, chosen.insecure, dialled_protocols});
    if (!made) throw std::runtime_error(made.error().message);  // it was there when the swarm was checked
    secured_ = std::move(*made);
  }
  return {.dial = {.to = to,
                   .source = {},
                   .ask = std::move(ask),
                   .timeout = chosen.timeout,
                   .secured = secured_ ? &*secured_ : nullptr,
                   .host = url->host},
          .sources = ours_.sources,
          .version = chosen.version,
          .streams = static_cast<std::uint32_t>(chosen.streams)};
}

void opener::start() {
  tally_.began = reactor::current().precise_now();
  go_on();
}

// How many may have been begun by now.
std::uint64_t opener::allowed() const noexcept {
  if (!ours_.rate) return ours_.count;
  const auto elapsed = static_cast<double>(reactor::current().precise_now() - tally_.began) / 1e9;
  return std::min(ours_.count, 1 + static_cast<std::uint64_t>(elapsed * *ours_.rate));
}

void opener::go_on() {
  const auto most = allowed();
  while (!has_given_up_ && tried_ < most && in_flight_ < ours_.concurrency) {
    ++tried_;
    ++in_flight_;
    open_one().start(*this);
  }
  const bool is_finished = has_given_up_ || tried_ == ours_.count;
  if (is_finished && in_flight_ == 0) {
    // Who hears that it is done may destroy it: not while a call of `on_turn` is still due.
    if (is_queued() || std::exchange(is_done_, true)) return;
    tally_.ended = reactor::current().precise_now();
    tally_.carriers = dialer_.carriers_opened();
    done_();
  } else if (!is_finished && in_flight_ < ours_.concurrency) {
    reactor::current().set_timeout(*this, std::chrono::milliseconds(1));  // it waits for the rate alone
  }
}

task<> opener::open_one() {
  auto& loop = reactor::current();
  const auto began = loop.precise_now();
  dialed came = co_await dialer_.dial();
  if (came.failure) {
    count(*came.failure);
    co_return;
  }
  tally_.handshake.record((loop.precise_now() - began) / 1000);
  ++tally_.opened;
  failed_in_a_row_ = 0;
  opened_(std::move(came.opened));
}

// All that ended in one turn are followed by as many at its end.
void opener::on_finished(std::exception_ptr) noexcept {
  --in_flight_;
  reactor::current().at_turn_end(*this);
}

void opener::count(const dial_failure& why) {
  auto& counted = tally_.failed[name_of(why)];
  if (++counted.count == 1) counted.explanation = why.message;
  ++failed_in_a_row_;
  // What this machine has no more of will not come back by trying. A status is a server's answer and may be just what
  // is to be measured, unless it never says anything else.
  if (why.why == dial_failure::kind::limit) stop();
  if (failed_in_a_row_ >= patience && (why.why != dial_failure::kind::status || tally_.opened == 0)) stop();
}

}  // namespace peregrine::swarm
