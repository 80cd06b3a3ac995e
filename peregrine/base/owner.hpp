// Whose memory is it?
#pragma once

#include <cstdint>
#include <string_view>

namespace peregrine {

enum class owner : std::uint8_t {
  peregrine,
  library,    // what a library that we use keeps for us
  allocator,  // what is kept for what may come: headers, holes, what was freed
  kernel,
};

constexpr std::string_view name_of(owner whose) noexcept {
  switch (whose) {
    case owner::peregrine:
      return "peregrine";
    case owner::library:
      return "library";
    case owner::allocator:
      return "allocator";
    case owner::kernel:
      return "kernel";
  }
  return "nobody";
}

}  // namespace peregrine
