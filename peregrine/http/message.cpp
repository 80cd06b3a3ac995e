#include "peregrine/http/message.hpp"

namespace peregrine::http {

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
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

kept_request::kept_request(const request& from) : request_(from) {
  std::size_t size = from.method.size() + from.target.size() + from.authority.size();
  for (const auto& each : from.head) size += each.name.size() + each.value.size();
  text_.reserve(size);  // views into it hold from here on
  const auto keep = [this](std::string_view text) {
    const auto begin = text_.size();
    text_.append(text);
    return std::string_view(text_).substr(begin);
  };
  for (const auto& each : from.head) {
    const auto name = keep(each.name);
    head_.push_back({name, keep(each.value)});
  }
  request_.method = keep(from.method);
  request_.target = keep(from.target);
  request_.authority = keep(from.authority);
  request_.head = head_;
  split_target(request_);
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
