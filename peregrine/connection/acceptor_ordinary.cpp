// The acceptor's half for requests that ask for no WebSocket: hears their content, answers them, and sees the answer
// off, over HTTP/1.1 and HTTP/2.
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/http/http1.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <variant>

namespace peregrine {

namespace {

constexpr std::chrono::milliseconds farewell{2'000};  // for a client to read the answer

// How many bytes are to be heard, or why none are.
std::variant<std::size_t, http::answer> content_of(const http::request& asked, std::size_t most) {
  if (most == 0) return std::size_t{0};
  if (find(asked.head, "transfer-encoding")) {
    return http::answer{.status = 411, .body = "Content is taken with a Content-Length alone (RFC 9110 §8.6).\n"};
  }
  const auto told = find(asked.head, "content-length").value_or("0");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), length);
  if (error != std::errc() || end != told.data() + told.size()) {
    return http::answer{.status = 400, .body = "Content-Length must be a number of bytes (RFC 9110 §8.6).\n"};
  }
  if (length > most) {
    return http::answer{.status = 413, .body = "At most " + std::to_string(most) + " bytes of content are taken.\n"};
  }
  return length;
}

}  // namespace

// One request whose content is awaited, or whose answer has not left yet.
class acceptor::visitor final : public stream::owner, public slab_allocated<visitor> {
 public:
  static constexpr const char* slab_name = "ordinary request";

  visitor(acceptor& home, stream_ptr carried, http2::carrier* carrier, const http::request& asked, std::size_t length)
      : home_(home), stream_(std::move(carried)), carrier_(carrier), asked_(asked), length_(length) {
    stream_->attach(*this);
    ++home_.handshakes_;
    reactor::current().set_timeout(*this, home_.accept_options_.handshake_timeout);
  }
  ~visitor() override { --home_.handshakes_; }

  bool belongs_to(const acceptor& other) const noexcept { return &home_ == &other; }

  void hear(bytes piece) {
    if (is_answered_) return;
    content_.append(as_text(piece.first(std::min(piece.size(), length_ - content_.size()))));
    if (content_.size() == length_) answer(home_.accept_options_.ordinary(asked_.get(), content_));
  }

  // May end this object.
  void answer(const http::answer& given) {
    is_answered_ = true;
    const bool is_bare = http::is_without_content(asked_.get(), given);
    auto head = http::head_of(given);
    if (carrier_) {
      const auto size = std::to_string(given.body.size());
      head.push_back({"content-length", size});
      carrier_->respond(std::move(stream_), given.status, head, is_bare ? bytes{} : as_bytes(given.body));
      reactor::current().set_timeout(*this, {});  // a caller may be in `hear`
      return;
    }
    http::append_response(unsent_, given.status, head, given.body, is_bare);
    send();
  }

 private:
  void on_bytes(mutable_bytes lent) override { hear(lent); }

  void on_end(int) override { delete this; }

  void on_writable() override {
    if (is_answered_) send();
  }

  void on_timeout() override {
    if (is_answered_) {
      delete this;
    } else {
      answer({.status = 408, .body = "The request's content did not arrive in time.\n"});
    }
  }

  void send() {
    const bytes all = as_bytes(unsent_);
    unsent_.erase(0, stream_->write({&all, 1}));
    if (unsent_.empty()) {
      stream_->finish();
      reactor::current().set_timeout(*this, farewell);
    } else {
      reactor::current().set_timeout(*this, home_.accept_options_.handshake_timeout);
    }
  }

  acceptor& home_;
  stream_ptr stream_;
  http2::carrier* carrier_;  // null on HTTP/1.1; there as long as the stream is
  http::kept_request asked_;
  std::size_t length_;
  std::string content_;
  std::string unsent_;
  bool is_answered_ = false;
};

void acceptor::on_ordinary(stream_ptr carried, const http::request& asked, bytes rest) {
  const auto content = content_of(asked, accept_options_.max_content);
  const auto* length = std::get_if<std::size_t>(&content);
  auto* made = new visitor(*this, std::move(carried), nullptr, asked, length ? *length : 0);
  if (length) {
    made->hear(rest);
  } else {
    made->answer(std::get<http::answer>(content));
  }
}

void acceptor::on_ordinary(http2::carrier& from, http2::stream_id id, const http::request& asked) {
  const auto content = content_of(asked, accept_options_.max_content);
  const auto* length = std::get_if<std::size_t>(&content);
  if (length && *length > 0) {
    new visitor(*this, from.hear(id), &from, asked, *length);
    return;
  }
  const auto given = length ? accept_options_.ordinary(asked, {}) : std::get<http::answer>(content);
  auto head = http::head_of(given);
  const auto size = std::to_string(given.body.size());
  head.push_back({"content-length", size});
  from.respond(id, given.status, head, http::is_without_content(asked, given) ? bytes{} : as_bytes(given.body), true);
}

void acceptor::end_visits() {
  slab_allocated<visitor>::home().for_each([this](void* object) {
    auto* each = static_cast<visitor*>(object);
    if (each->belongs_to(*this)) delete each;
  });
}

}  // namespace peregrine
