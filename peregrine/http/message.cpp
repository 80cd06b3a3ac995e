#include "peregrine/http/message.hpp"

namespace peregrine::http {

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

void split_target(request& filled) noexcept {
  std::string_view rest = filled.target;
  if (!rest.starts_with('/')) {  // absolute form: scheme "://" authority
    const auto scheme = rest.find("://");
    const auto path = scheme == std::string_view::npos ? std::string_view::npos : rest.find_first_of("/?", scheme + 3);
    rest = path == std::string_view::npos ? std::string_view{} : rest.substr(path);
  }
  const auto mark = rest.find('?');
  filled.path = rest.substr(0, mark);
  filled.query = mark == std::string_view::npos ? std::string_view{} : rest.substr(mark + 1);
  if (filled.path.empty()) filled.path = "/";
}

}  // namespace peregrine::http
