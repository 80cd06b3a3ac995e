// Where a socket is bound or connects to: an IPv4 or IPv6 address and a port.
#pragma once

#include "peregrine/base/result.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace peregrine {

class address {
 public:
  address() noexcept : socket_address_{} {}

  // From numbers alone: "127.0.0.1", "::1"; no name is looked up.
  static result<address> from_numbers(std::string_view host, std::uint16_t port);

  // Names are looked up by the system, which may take as long as its resolver does; the first answer is taken. An empty
  // host or "*" is every address of this machine.
  static result<address> resolve(const std::string& host, std::uint16_t port);

  static address of_peer(int socket) noexcept;  // all zero where there is none
  static address of_local(int socket) noexcept;

  const sockaddr* data() const noexcept { return &socket_address_.any; }
  socklen_t size() const noexcept;
  int family() const noexcept { return socket_address_.any.sa_family; }
  std::uint16_t port() const noexcept;
  address with_port(std::uint16_t port) const noexcept;

  // A number for who is behind it, never 0: of IPv4 the address, of IPv6 its first 64 bits, for these are what one
  // subscriber is given (RFC 6177).
  std::uint64_t network() const noexcept;

  std::string host() const;       // "127.0.0.1", "::1"
  std::string to_string() const;  // "127.0.0.1:8080", "[::1]:8080"

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } socket_address_;
};

}  // namespace peregrine
