// The files of the pages, as the build has taken them in.
#pragma once

#include "peregrine/web/site.hpp"

#include <span>
#include <string_view>

namespace peregrine::web {

struct content {
  site where;
  std::string_view path;
  std::string_view extension;  // ".js"
  std::string_view etag;       // with its quotes (RFC 9110 §8.8.3)
  const char* begin;
  const char* end;

  std::string_view body() const noexcept { return {begin, end}; }
};

std::span<const content> contents() noexcept;

}  // namespace peregrine::web
