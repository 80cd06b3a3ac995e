// The pages that the program brings along: files of web/, compiled in.
#pragma once

#include "peregrine/base/fields.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace peregrine::web {

enum class site : std::uint8_t {
  chat,       // at the address where the rooms are
  dashboard,  // at the admin address
};

struct file {
  std::string_view content_type;
  std::string_view body;
  std::string_view etag;
  fields head;  // what else goes with it: what the page may do, and how long it may be kept
};

// What is at a path such as "/" or "/chat.js", if anything. All of it is there as long as the program is.
std::optional<file> find(site where, std::string_view path) noexcept;

}  // namespace peregrine::web
