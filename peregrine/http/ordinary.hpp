// What a request gets that asks for no WebSocket: whatever the server's owner wants to answer.
#pragma once

#include "peregrine/http/message.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace peregrine::http {

struct answer {
  int status = 200;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> head = {};  // what else it has; the length is added where it is sent
};

// Called on the reactor's thread, and answers at once. Both arguments are valid for the call. `content` is empty unless
// the request has some and the server takes it. To HEAD it answers as to GET, and 304 as it would 200: who sends the
// answer leaves the body out.
using ordinary_handler = std::function<answer(const request& asked, std::string_view content)>;

// `page`, in HTML, at "/"; any other path is 404, any method but GET and HEAD is 405.
ordinary_handler serve_page(std::string page);

// Whether the answer has no content, however long its body is said to be (RFC 9110 §6.4.1).
inline bool is_without_content(const request& asked, const answer& given) noexcept {
  return asked.method == "HEAD" || given.status == 304;
}

// Content-Type and the rest of its head; views of the answer.
std::vector<field> head_of(const answer& given);

}  // namespace peregrine::http
