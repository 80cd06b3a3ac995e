#include "peregrine/http/ordinary.hpp"

namespace peregrine::http {

namespace {

constexpr field html[] = {{"Content-Type", "text/html; charset=utf-8"}};
constexpr field allow[] = {{"Allow", "GET, HEAD"}};

}  // namespace

answer answer_ordinary(std::string_view method, std::string_view path, std::string_view page) noexcept {
  if (method != "GET" && method != "HEAD") return {405, allow, "Only GET and HEAD are served here, and WebSockets."};
  if (path != "/") return {404, {}, "There is no page at this path. WebSockets are served here."};
  return {200, html, page};
}

}  // namespace peregrine::http
