// What all fuzz targets share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// A finding, in builds without asserts too.
inline void require(bool holds) {
  if (!holds) std::abort();
}
