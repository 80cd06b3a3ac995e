// Who may use the administration.
//
// With a token: who presents it, as "Authorization: Bearer TOKEN". A page in a browser, which cannot say this when it
// opens a WebSocket, offers the subprotocol "bearer." with the token in base64url (RFC 4648 §5) behind it.
//
// Without one: who is on this machine. A page of another site that a browser here shows is not: its requests name
// another Origin, or by a name that leads here (DNS rebinding) another Host.
#pragma once

#include "peregrine/http/ordinary.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace peregrine::admin {

class guard {
 public:
  explicit guard(std::string token) : token_(std::move(token)) {}

  bool has_token() const noexcept { return !token_.empty(); }

  // What keeps a request out, or nothing.
  std::optional<http::answer> check(const http::request& asked) const;
  // Likewise where no token is wanted: what a browser shows before anybody was asked for one.
  std::optional<http::answer> check_origin(const http::request& asked) const;

 private:
  bool has_presented(const http::request& asked) const;

  std::string token_;
};

// Compares as many bytes whatever they are: how much of a guess was right is not to be measured.
bool are_equal_secrets(std::string_view one, std::string_view other) noexcept;

// "127.0.0.1:9180", "[::1]", "localhost": an authority that can mean this machine alone.
bool is_of_this_machine(std::string_view authority) noexcept;

}  // namespace peregrine::admin
