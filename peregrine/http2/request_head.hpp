// The head of a request on HTTP/2 (RFC 9113 §8.3.1, RFC 8441 §4).
#pragma once

#include "peregrine/base/fields.hpp"

#include <cstdint>
#include <string_view>

namespace peregrine::http2 {

// Odd and growing, as the client numbers them (RFC 9113 §5.1.1).
using stream_id = std::int32_t;

// Views: of a request that was received they are valid during the call that gives it.
struct request_head {
  std::string_view method;
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;      // with the query
  std::string_view protocol;  // of an extended CONNECT, else empty
  fields head;                // without the pseudo-header fields
  bool is_too_large = false;  // the list of fields was longer than we take: some are missing
};

}  // namespace peregrine::http2
