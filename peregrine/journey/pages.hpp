// The story as a page: pure, from what was found out to HTML.
#pragma once

#include "peregrine/journey/story.hpp"

#include <string>

namespace peregrine::journey {

std::string to_html(const story& from);

}  // namespace peregrine::journey
