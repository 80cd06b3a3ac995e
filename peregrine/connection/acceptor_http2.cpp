// The acceptor's half that speaks HTTP/2: each extended CONNECT becomes a connection (RFC 8441 §5).
#include "peregrine/base/log.hpp"
#include "peregrine/connection/acceptor.hpp"

#include <array>
#include <utility>
#include <variant>

namespace peregrine {

namespace {

http::request as_request(const http2::request_head& asked) noexcept {
  http::request made;
  made.method = asked.method;
  made.target = asked.path;
  made.version_major = 2;
  made.version_minor = 0;
  made.head = asked.head;
  made.authority = asked.authority.empty() ? find(asked.head, "host").value_or("") : asked.authority;
  http::split_target(made);
  return made;
}

websocket::opening as_opening(const http2::request_head& asked) noexcept {
  websocket::opening made;
  made.kind = websocket::handshake_kind::extended_connect;
  made.method = asked.method;
  made.authority = asked.authority;
  made.protocol = asked.protocol;
  made.head = asked.head;
  return made;
}

// A sentence, with its length and its kind.
void respond(http2::carrier& to, http2::stream_id id, int status, fields extra, std::string_view body) {
  const auto length = std::to_string(body.size());
  std::vector<field> head(extra.begin(), extra.end());
  if (!find(extra, "content-type")) head.push_back({"content-type", "text/plain; charset=utf-8"});
  head.push_back({"content-length", length});
  to.respond(id, status, head, as_bytes(body), false);
}

}  // namespace

void acceptor::carry(stream_ptr carried, std::span<mutable_bytes> received) {
  auto* opened = new http2::carrier(std::move(carried), http2::side::server, carrier_options_, *this);
  carriers_.insert(opened);
  ++http2_opened_;
  for (const auto& piece : received) opened->on_bytes(piece);
}

void acceptor::on_request(http2::carrier& from, http2::stream_id id, const http2::request_head& asked) {
  const auto refuse = [&](int status, std::string_view why, fields extra) {
    ++refused_[status];
    log::debug("server", {{"peer", from.peer()}, {"status", status}}, "Refused a handshake: {}", why);
    respond(from, id, status, extra, why);
  };
  if (asked.is_too_large) {
    refuse(431, "The list of header fields is too long.", {});
    return;
  }
  const auto request = as_request(asked);
  if (asked.protocol.empty()) {
    on_ordinary(from, id, request);
    return;
  }
  const auto outcome = websocket::check_opening(as_opening(asked), accept_options_.handshake);
  if (const auto* refusal = std::get_if<websocket::refusal>(&outcome)) {
    refuse(refusal->status, refusal->why, refusal->extra);
    return;
  }
  if (accept_options_.refuse_opening) {
    if (const auto refusal = accept_options_.refuse_opening(request)) {
      refuse(refusal->status, refusal->body, http::head_of(*refusal));
      return;
    }
  }
  if (accept_options_.admits) {
    if (const auto met = accept_options_.admits->enter_beside(from.descriptor(), from.streams())) {
      count(*met);
      const auto after = std::to_string(accept_options_.admits->retry_after(*met));
      const std::array<field, 1> extra{{{"retry-after", after}}};
      respond(from, id, 503, extra, sentence_of(*met));
      return;
    }
  }
  open(from, id, request, std::get<websocket::accepted>(outcome));
}

void acceptor::on_room(http2::carrier& by) {
  if (accept_options_.admits) accept_options_.admits->keep(by.descriptor(), by.streams());
}

void acceptor::open(http2::carrier& from, http2::stream_id id, const http::request& request,
                    const websocket::accepted& agreed) {
  std::array<field, 2> extra;
  std::size_t count = 0;
  std::string extensions;
  if (!agreed.subprotocol.empty()) extra[count++] = {"sec-websocket-protocol", agreed.subprotocol};
  if (agreed.deflate) {
    websocket::append_accepted(extensions, *agreed.deflate);
    extra[count++] = {"sec-websocket-extensions", extensions};
  }
  if (log::is_enabled(log::level::debug)) {  // to ask for the peer is a system call
    log::debug("server", {{"peer", from.peer()}, {"protocol", "HTTP/2"}, {"stream", id}, {"path", request.path}},
               "Opened a WebSocket");
  }
  auto* opened = new connection(from.accept(id, {extra.data(), count}), *this, agreed.deflate);
  opened->run(serve_, request, agreed.subprotocol);
}

void acceptor::on_over(http2::carrier& gone, int, const std::string&) {
  carriers_.erase(&gone);
}

}  // namespace peregrine
