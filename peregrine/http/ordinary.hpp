// What a request gets that asks for no WebSocket: enough for a person with a browser and for a health check.
#pragma once

#include "peregrine/http/message.hpp"

#include <string_view>

namespace peregrine::http {

struct answer {
  int status;
  fields extra;  // static
  std::string_view body;
};

// `page` is served at "/"; any other path is 404, any method but GET and HEAD is 405. What it views must live as long
// as the answer.
answer answer_ordinary(std::string_view method, std::string_view path, std::string_view page) noexcept;

}  // namespace peregrine::http
