#include "peregrine/net/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <cstring>

namespace peregrine {

result<address> address::from_numbers(std::string_view host, std::uint16_t port) {
  const std::string text(host);
  address made;
  if (inet_pton(AF_INET, text.c_str(), &made.socket_address_.v4.sin_addr) == 1) {
    made.socket_address_.v4.sin_family = AF_INET;
    made.socket_address_.v4.sin_port = htons(port);
    return made;
  }
  if (inet_pton(AF_INET6, text.c_str(), &made.socket_address_.v6.sin6_addr) == 1) {
    made.socket_address_.v6.sin6_family = AF_INET6;
    made.socket_address_.v6.sin6_port = htons(port);
    return made;
  }
  return failure{"'" + text + "' is no IP address; expected one such as 127.0.0.1 or ::1"};
}

result<address> address::resolve(const std::string& host, std::uint16_t port) {
  if (host.empty() || host == "*") return from_numbers("0.0.0.0", port);
  if (auto numbers = from_numbers(host, port)) return numbers;
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(host.c_str(), nullptr, &wanted, &found); code != 0) {
    if (host == "localhost") return from_numbers("127.0.0.1", port);  // always (RFC 6761 §6.3), if no file says so
    return failure{"the host name '" + host + "' has no address: " + gai_strerror(code)};
  }
  address made;
  std::memcpy(&made.socket_address_, found->ai_addr,
              std::min<std::size_t>(found->ai_addrlen, sizeof made.socket_address_));
  freeaddrinfo(found);
  return made.with_port(port);
}

address address::of_peer(int socket) noexcept {
  address made;
  socklen_t size = sizeof made.socket_address_;
  if (getpeername(socket, &made.socket_address_.any, &size) != 0) return {};
  return made;
}

address address::of_local(int socket) noexcept {
  address made;
  socklen_t size = sizeof made.socket_address_;
  if (getsockname(socket, &made.socket_address_.any, &size) != 0) return {};
  return made;
}

socklen_t address::size() const noexcept {
  return family() == AF_INET6 ? sizeof socket_address_.v6 : sizeof socket_address_.v4;
}

std::uint16_t address::port() const noexcept {
  return ntohs(family() == AF_INET6 ? socket_address_.v6.sin6_port : socket_address_.v4.sin_port);
}

address address::with_port(std::uint16_t port) const noexcept {
  address changed = *this;
  (family() == AF_INET6 ? changed.socket_address_.v6.sin6_port : changed.socket_address_.v4.sin_port) = htons(port);
  return changed;
}

std::uint64_t address::network() const noexcept {
  const auto of_v4 = [](const void* bytes) {
    std::uint32_t number = 0;
    std::memcpy(&number, bytes, sizeof number);
    return std::uint64_t{0xffff'0000'0000'0000} | ntohl(number);  // among multicast's, from where nobody comes
  };
  if (family() != AF_INET6) return of_v4(&socket_address_.v4.sin_addr);
  const auto& bytes = socket_address_.v6.sin6_addr.s6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&socket_address_.v6.sin6_addr)) return of_v4(bytes + 12);
  std::uint64_t prefix = 0;
  for (int i = 0; i < 8; ++i) prefix = prefix << 8 | bytes[i];
  return std::max<std::uint64_t>(prefix, 1);  // ::1 has nothing but zeros there
}

std::string address::host() const {
  char text[INET6_ADDRSTRLEN] = "?";
  if (family() == AF_INET) inet_ntop(AF_INET, &socket_address_.v4.sin_addr, text, sizeof text);
  if (family() == AF_INET6) inet_ntop(AF_INET6, &socket_address_.v6.sin6_addr, text, sizeof text);
  return text;
}

std::string address::to_string() const {
  return (family() == AF_INET6 ? "[" + host() + "]" : host()) + ":" + std::to_string(port());
}

}  // namespace peregrine
