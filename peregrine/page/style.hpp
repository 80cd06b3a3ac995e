// How a page looks.
#pragma once

#include <string_view>

namespace peregrine::page {

extern const std::string_view style;  // CSS

}  // namespace peregrine::page
