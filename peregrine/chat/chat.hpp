// The terminal client as a whole: joins a room, and carries lines between it and whoever types and reads.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/chat/options.hpp"

namespace peregrine::chat {

// What makes no sense in them, before anything is tried: no URL of a WebSocket, or flags that do not go with it.
result<> check(const options& chosen);

// For options that passed. Returns at the end of standard input, when all of it is sent and the server has answered the
// close; when the server says farewell; or at SIGINT or SIGTERM, of which a second one does not wait. An error when the
// room was not reached at the first try, or when what was typed may not have arrived.
result<> run(const options& chosen);

}  // namespace peregrine::chat
