#include "peregrine/web/site.hpp"

#include "peregrine/web/contents.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace peregrine::web {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> content_types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
}};

std::string_view content_type_of(std::string_view extension) noexcept {
  for (const auto& [known, type] : content_types) {
    if (known == extension) return type;
  }
  std::abort();  // the build takes in no others
}

// A page gets its scripts, styles and figures from where it came from, and from nowhere else; nothing in it is inline,
// nothing is made a script of while it runs, and no other page frames it.
constexpr field head[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cache-Control", "no-cache"},  // which means: to be asked for again, by its ETag
};

}  // namespace

std::optional<file> find(site where, std::string_view path) noexcept {
  const auto all = contents();
  const auto found =
      std::ranges::find_if(all, [&](const content& each) { return each.where == where && each.path == path; });
  if (found == all.end()) return std::nullopt;
  return file{content_type_of(found->extension), found->body(), found->etag, head};
}

}  // namespace peregrine::web
