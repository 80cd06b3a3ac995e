#include "peregrine/cli/fetch.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/connection/dial.hpp"
#include "peregrine/http/http1.hpp"
#include "peregrine/http/url.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/tls/context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace peregrine::cli {

namespace {

constexpr std::uint32_t longest_head = 16 * 1024;
constexpr std::size_t longest_page = std::size_t{64} * 1024 * 1024;

// One question and its answer, on a stream that it sits on until then.
class exchange final : public stream::owner {
 public:
  exchange(stream_ptr carried, std::string question, std::chrono::milliseconds patience)
      : stream_(std::move(carried)),
        question_(std::move(question)),
        patience_(patience),
        parser_(http::head_parser::kind::response, longest_head) {
    stream_->attach(*this);
    on_writable();
    reactor::current().set_timeout(*this, patience_);
  }

  bool is_over() const noexcept { return !stream_; }

  int code() const noexcept { return code_; }  // why there is no whole answer: 0, an errno or a tls_code
  bool is_http() const noexcept { return is_http_; }
  bool has_head() const noexcept { return has_head_; }
  bool is_cut_short() const noexcept { return has_head_ && length_ && body_.size() < *length_; }
  int status() const noexcept { return status_; }
  std::string& body() noexcept { return body_; }

 private:
  void on_writable() override {
    const bytes rest = as_bytes(question_).subspan(sent_);
    if (!rest.empty()) sent_ += stream_->write({&rest, 1});
  }

  void on_bytes(mutable_bytes lent) override {
    reactor::current().set_timeout(*this, patience_);
    std::size_t used = 0;
    if (!has_head_ && !read_head(lent, used)) return;
    body_.append(as_text(lent.subspan(used)));
    if (length_ && body_.size() >= *length_) {
      body_.resize(*length_);
      end(0);
    } else if (body_.size() > longest_page) {
      end(EMSGSIZE);
    }
  }

  void on_end(int code) override { end(code); }
  void on_timeout() override { end(ETIMEDOUT); }

  bool read_head(bytes lent, std::size_t& used) {
    const auto read = parser_.feed(lent, used);
    if (read == http::head_parser::outcome::malformed) {
      is_http_ = false;
      end(0);
    }
    if (read != http::head_parser::outcome::complete) return false;
    has_head_ = true;
    const auto response = parser_.as_response();
    status_ = response.status;
    if (const auto told = find(response.head, "content-length")) {
      std::size_t length = 0;
      const auto [rest, wrong] = std::from_chars(told->data(), told->data() + told->size(), length);
      if (wrong == std::errc() && rest == told->data() + told->size()) length_ = length;
    }
    return true;
  }

  void end(int code) {
    code_ = code;
    reactor::clear_timeout(*this);
    stream_.reset();
  }

  stream_ptr stream_;
  std::string question_;
  std::size_t sent_ = 0;
  std::chrono::milliseconds patience_;
  http::head_parser parser_;
  bool is_http_ = true;
  bool has_head_ = false;
  int status_ = 0;
  std::optional<std::size_t> length_;  // of the body, as the head tells it
  std::string body_;
  int code_ = 0;
};

result<std::string> authorization(const std::string& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  if (!in)
    return failure{fmt::format("cannot read the token from '{}': {}", file, explain(errno, attempt::open)), errno};
  std::string token{std::istreambuf_iterator<char>(in), {}};
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  const bool is_plain = std::ranges::all_of(token, [](unsigned char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || !is_plain)
    return failure{fmt::format("the token in '{}' is not one line of plain characters", file)};
  return "Authorization: Bearer " + token + "\r\n";
}

std::string in_words(int code, const page_request& wanted) {
  if (code == ECONNREFUSED) {
    return fmt::format(
        "nothing listens at {}; is a server running there (peregrine serve --admin URL), or another URL meant?",
        wanted.server);
  }
  if (code == ETIMEDOUT) {
    return fmt::format("{} does not answer within {} s", wanted.server, wanted.patience.count() / 1000);
  }
  return fmt::format("cannot ask {}: {}", wanted.server, explain(code, attempt::connect));
}

std::string refusal(int status, std::string_view body, const page_request& wanted) {
  if (status == 401 || status == 403) {
    return fmt::format("{} wants {}token (status {}): give the file of the server's --admin-token-file as --token-file",
                       wanted.server, wanted.token_file.empty() ? "a " : "another ", status);
  }
  if (status == 404) {
    return fmt::format("{} has no {}: it is no administration of a peregrine server, or of an older one", wanted.server,
                       wanted.path);
  }
  constexpr std::size_t enough = 200;
  return fmt::format("{} answers with status {}: {}", wanted.server, status, body.substr(0, enough));
}

}  // namespace

result<std::string> fetch(const page_request& wanted) {
  const auto where = http::url::parse(wanted.server);
  if (!where) return where.error();
  if (where->target != "/") {
    return failure{fmt::format("'{}' is not where an administration is asked; expected http://HOST:PORT or https://",
                               wanted.server)};
  }
  if (!where->is_secure && (wanted.insecure || !wanted.authorities.empty())) {
    return failure{
        fmt::format("--ca and --insecure go with TLS, which '{}' does not ask for; expected https://", wanted.server)};
  }
  const auto token = authorization(wanted.token_file);
  if (!token) return token.error();
  std::optional<tls::client_context> secured;
  if (where->is_secure) {
    auto made = tls::client_context::make({wanted.authorities, wanted.insecure, dialled_protocols});
    if (!made) return made.error();
    secured = std::move(*made);
  }
  const auto at = address::resolve(where->host, where->port);
  if (!at) return at.error();

  reactor loop;
  dial_options way;
  way.to = *at;
  way.host = where->host;
  if (secured) way.secured = &*secured;
  auto connecting = connect(way);
  if (!connecting) return failure{in_words(connecting.error().code, wanted), connecting.error().code};
  exchange asked(std::move(connecting->carried),
                 fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: {}\r\n{}Connection: close\r\n\r\n", wanted.path,
                             where->authority(), wanted.accept, *token),
                 wanted.patience);
  connecting->socket->start();
  while (!asked.is_over()) loop.run_turn();
  for (int i = 0; i < 3; ++i) loop.run_turn(false);  // what was closed is destroyed at the end of a turn

  if (asked.code() != 0 && !asked.is_cut_short()) return failure{in_words(asked.code(), wanted), asked.code()};
  if (!asked.is_http() || !asked.has_head()) {
    return failure{fmt::format("what {} answers is no HTTP/1.1", wanted.server)};
  }
  if (asked.status() != 200) return failure{refusal(asked.status(), asked.body(), wanted)};
  if (asked.is_cut_short()) {
    return failure{fmt::format("the answer of {} broke off: only a part of {} came", wanted.server, wanted.path)};
  }
  return std::move(asked.body());
}

}  // namespace peregrine::cli
