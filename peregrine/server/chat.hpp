// What the chat server does with a connection: every path is a room, what one member says all members hear.
#pragma once

#include <string>
#include <string_view>

#include <simdjson.h>

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/server/operator_commands.hpp"
#include "peregrine/server/options.hpp"

namespace peregrine::server {

class chat {
 public:
  // `token` is what an operator presents; empty: nobody is one.
  chat(messages carried, std::string token, hub& rooms, operator_commands& commands)
      : carried_(carried), token_(std::move(token)), rooms_(rooms), commands_(commands) {}

  task<> serve(connection& peer);

 private:
  // Says why a message may not be said here; empty if it may. Leaves the parsed object in `object_`.
  std::string_view object_to(const message& said);

  // The command in {"text": "/…"}, or empty; views into the parser, until the next message.
  std::string_view command_in() const noexcept;

  bool is_operator(const http::request& request) const noexcept;

  messages carried_;
  std::string token_;
  hub& rooms_;
  operator_commands& commands_;
  simdjson::dom::parser parser_;
  simdjson::dom::object object_;
};

}  // namespace peregrine::server
