// What a server is to do, judged before anything is opened: who reads this need not ask any more whether it can be.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/server/options.hpp"
#include "peregrine/server/place.hpp"
#include "peregrine/tls/context.hpp"
#include "peregrine/worker/service_manager.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace peregrine::server {

struct plan {
  options chosen;
  std::uint64_t workers = 1;
  std::string token;          // that an operator presents; empty: nobody is one
  std::vector<place> places;  // where it listens
  std::optional<admin_place> admin;
  std::optional<tls::server_context> secured;  // where a place is secure

  // The error names what was chosen and says what was expected.
  static result<plan> of(options chosen);

  tls::server_context* certificate() noexcept { return secured ? &*secured : nullptr; }

  // That a process may take to end when it is asked to.
  std::chrono::milliseconds time_to_leave() const;
};

// Says where the server listens, in the log and to whoever has asked for it.
result<> announce(const plan& ours, const std::vector<address>& listening, const std::optional<address>& admin,
                  const worker::service_manager& manager);

}  // namespace peregrine::server
