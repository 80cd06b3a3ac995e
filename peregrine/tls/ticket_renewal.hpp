// Makes a new key for the tickets whenever the current one is old.
#pragma once

#include "peregrine/runtime/reactor.hpp"
#include "peregrine/tls/ticket_keys.hpp"

namespace peregrine::tls {

class ticket_renewal final : private event_target {
 public:
  // On the current reactor, from here on.
  explicit ticket_renewal(ticket_keys& keys) : keys_(keys) {
    reactor::current().set_timeout(*this, ticket_keys::lifetime);
  }

 private:
  void on_timeout() override {
    keys_.renew();
    reactor::current().set_timeout(*this, ticket_keys::lifetime);
  }

  ticket_keys& keys_;
};

}  // namespace peregrine::tls
