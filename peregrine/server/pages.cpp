#include "peregrine/server/pages.hpp"

#include <string>

namespace peregrine::server {

std::optional<http::answer> page_of(web::site where, const http::request& asked) {
  const auto file = web::find(where, asked.path);
  if (!file) return std::nullopt;
  http::answer given{.content_type = std::string(file->content_type)};
  for (const auto& each : file->head) given.head.emplace_back(each.name, each.value);
  given.head.emplace_back("ETag", file->etag);
  given.body = file->body;
  if (find(asked.head, "if-none-match").value_or("").find(file->etag) != std::string_view::npos) given.status = 304;
  return given;
}

}  // namespace peregrine::server
