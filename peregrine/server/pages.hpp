// The pages that the program brings along, as answers.
#pragma once

#include "peregrine/http/ordinary.hpp"
#include "peregrine/web/site.hpp"

#include <optional>

namespace peregrine::server {

// What is at the path of a GET or HEAD, if anything; 304 to who has it already (RFC 9110 §13.1.2).
std::optional<http::answer> page_of(web::site where, const http::request& asked);

}  // namespace peregrine::server
