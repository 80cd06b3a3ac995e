// A file that is there whole or not at all.
#pragma once

#include "peregrine/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace peregrine::page {

// Opened before the work, kept after it. Until then there is a draft beside the place where the file will be, and what
// stood in that place still does; a draft that is never kept goes with this object.
class file {
 public:
  // Fails where it could not be kept in the end: no such folder, one that may not be written, a file that may not be
  // replaced. A link is followed.
  static result<file> open(const std::string& path);

  file(file&& other) noexcept : path_(std::move(other.path_)), draft_(std::exchange(other.draft_, {})) {}
  file& operator=(file&&) = delete;
  ~file();

  // Once.
  result<void> keep(std::string_view text);

 private:
  file(std::string path, std::string draft) : path_(std::move(path)), draft_(std::move(draft)) {}

  std::string path_;
  std::string draft_;  // empty: none is left
};

}  // namespace peregrine::page
