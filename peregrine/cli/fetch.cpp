#include "peregrine/cli/fetch.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/http/http1.hpp"
#include "peregrine/http/url.hpp"
#include "peregrine/net/address.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

namespace peregrine::cli {

namespace {

constexpr std::uint32_t longest_head = 16 * 1024;
constexpr std::size_t longest_page = std::size_t{64} * 1024 * 1024;

class connected_socket {
 public:
  connected_socket() = default;
  connected_socket(const connected_socket&) = delete;
  connected_socket& operator=(const connected_socket&) = delete;
  ~connected_socket() {
    if (file_ >= 0) ::close(file_);
  }

  // 0, or errno.
  int connect(const address& to, std::chrono::milliseconds patience) {
    file_ = ::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file_ < 0) return errno;
    const timeval limit{patience.count() / 1000, patience.count() % 1000 * 1000};
    ::setsockopt(file_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);  // of connect(2) too
    ::setsockopt(file_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return ::connect(file_, to.data(), to.size()) == 0 ? 0 : errno;
  }

  int send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(file_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return 0;
  }

  // All that comes until the peer's end.
  int receive(std::string& to) const {
    std::array<char, 64 * 1024> piece{};
    for (;;) {
      const auto count = ::recv(file_, piece.data(), piece.size(), 0);
      if (count < 0) return errno;
      if (count == 0) return 0;
      to.append(piece.data(), static_cast<std::size_t>(count));
      if (to.size() > longest_page) return EMSGSIZE;
    }
  }

 private:
  int file_ = -1;
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
  if (code == EAGAIN || code == EINPROGRESS || code == ETIMEDOUT) {
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
  if (where->is_secure || where->target != "/") {
    return failure{
        fmt::format("'{}' is not where an administration is asked; expected http://HOST:PORT (over https: curl "
                    "-H 'Authorization: Bearer TOKEN' {}{})",
                    wanted.server, wanted.server, wanted.path)};
  }
  const auto token = authorization(wanted.token_file);
  if (!token) return token.error();
  const auto at = address::resolve(where->host, where->port);
  if (!at) return at.error();

  connected_socket way;
  if (const int code = way.connect(*at, wanted.patience)) return failure{in_words(code, wanted), code};
  const auto request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: {}\r\n{}Connection: close\r\n\r\n",
                                   wanted.path, where->authority(), wanted.accept, *token);
  if (const int code = way.send(request)) return failure{in_words(code, wanted), code};
  std::string answer;
  if (const int code = way.receive(answer)) return failure{in_words(code, wanted), code};

  http::head_parser parser(http::head_parser::kind::response, longest_head);
  std::size_t used = 0;
  if (parser.feed(as_bytes(answer), used) != http::head_parser::outcome::complete) {
    return failure{fmt::format("what {} answers is no HTTP/1.1", wanted.server)};
  }
  const int status = parser.as_response().status;
  if (status != 200) return failure{refusal(status, std::string_view(answer).substr(used), wanted)};
  return answer.substr(used);
}

}  // namespace peregrine::cli
