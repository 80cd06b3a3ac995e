#include "peregrine/http/ordinary.hpp"

namespace peregrine::http {

ordinary_handler serve_page(std::string page) {
  return [page = std::move(page)](const request& asked, std::string_view) -> answer {
    if (asked.method != "GET" && asked.method != "HEAD") {
      return {.status = 405,
              .body = "Only GET and HEAD are served here, and WebSockets.\n",
              .head = {{"Allow", "GET, HEAD"}}};
    }
    if (asked.path != "/")
      return {.status = 404, .body = "There is no page at this path. WebSockets are served here.\n"};
    return {.body = page, .content_type = "text/html; charset=utf-8"};
  };
}

std::vector<field> head_of(const answer& given) {
  std::vector<field> head{{"Content-Type", given.content_type}};
  for (const auto& [name, value] : given.head) head.push_back({name, value});
  return head;
}

}  // namespace peregrine::http
