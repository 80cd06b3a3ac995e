// Requests and responses, whichever version of HTTP carried them.
#pragma once

#include "peregrine/base/fields.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace peregrine::http {

// Views into whoever holds the head: see there how long they live.
struct request {
  std::string_view method;
  std::string_view target;     // as it was sent: "/room?x=1", or in absolute form (RFC 9112 §3.2)
  std::string_view path;       // of the target: "/room"; never empty
  std::string_view query;      // of the target, without "?"
  std::string_view authority;  // whom it is meant for: Host, or :authority; empty if it does not say
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

// A copy of a request, for as long as it is wanted.
class kept_request {
 public:
  explicit kept_request(const request& from);
  kept_request(const kept_request&) = delete;
  kept_request& operator=(const kept_request&) = delete;

  const request& get() const noexcept { return request_; }

 private:
  std::string text_;
  std::vector<field> head_;
  request request_;
};

// Splits a request target into path and query (RFC 9112 §3.2.1, §3.2.2).
void split_target(request& filled) noexcept;

}  // namespace peregrine::http
