// The administration of a chat server: in its only process, or in a process of its own beside several workers.
#pragma once

#include "peregrine/admin/administration.hpp"
#include "peregrine/base/result.hpp"
#include "peregrine/server/message_rule.hpp"
#include "peregrine/server/options.hpp"
#include "peregrine/server/place.hpp"
#include "peregrine/worker/station.hpp"

#include <memory>
#include <optional>
#include <string>

namespace peregrine::server {

// A token from a file, for `whose`: "the operator's". The error says what was expected.
result<std::string> read_token(const std::string& file, std::string_view whose);

// `rule` outlives what is made of it.
result<admin::administration_options> administering(const options& chosen, message_rule& rule);

// The socket of a server with several workers; nothing where there is to be none, or, with a warning, where the usual
// port is taken.
result<std::optional<int>> open_admin_socket(const std::optional<admin_place>& where);

// Says where it is.
void announce_admin(const admin_place& where, const address& at);

// What the administration's process does until it is asked to end.
result<> run_administration(std::unique_ptr<worker::station> station, const options& chosen, const admin_place& where,
                            tls::server_context* secured);

}  // namespace peregrine::server
