// Requests and responses, whichever version of HTTP carried them.
#pragma once

#include "peregrine/base/fields.hpp"

#include <string_view>

namespace peregrine::http {

// Views into whoever holds the head: see there how long they live.
struct request {
  std::string_view method;
  std::string_view target;  // as it was sent: "/room?x=1", or in absolute form (RFC 9112 §3.2)
  std::string_view path;    // of the target: "/room"; never empty
  std::string_view query;   // of the target, without "?"
  int version_major = 1;
  int version_minor = 1;
  fields head;
};

struct response {
  int status = 0;
  fields head;
};

// The reason phrase of RFC 9110 §15; "Unknown" for what it does not name.
std::string_view reason_phrase(int status) noexcept;

// Splits a request target into path and query (RFC 9112 §3.2.1, §3.2.2).
void split_target(request& filled) noexcept;

}  // namespace peregrine::http
