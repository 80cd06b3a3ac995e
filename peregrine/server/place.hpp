// Where the server listens.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/server/options.hpp"

#include <optional>
#include <string>

namespace peregrine::server {

struct place {
  address at;
  bool is_secure;
};

// Of --bind. The error says what was expected.
result<place> place_of(const std::string& bind, const options& chosen);

struct admin_place : place {
  bool is_optional;  // the server goes on without it where something else listens there
};

// Of --admin; nothing where there is to be none. Without a token it must be this machine's own.
result<std::optional<admin_place>> admin_place_of(const options& chosen);

// What a service manager has opened and nothing here listens at is closed, which is told.
void close_unbound();

}  // namespace peregrine::server
