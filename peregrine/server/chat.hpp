// What the chat server does with a connection: every path is a room, what one member says all members hear.
#pragma once

#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/server/message_rule.hpp"
#include "peregrine/server/operator_commands.hpp"
#include "peregrine/server/options.hpp"

#include <string>
#include <string_view>

namespace peregrine::server {

class chat {
 public:
  // `token` is what an operator presents; empty: nobody is one.
  chat(messages carried, std::string token, hub& rooms, operator_commands& commands)
      : rule_(carried), token_(std::move(token)), rooms_(rooms), commands_(commands) {}

  // The handler.
  task<> serve(connection& peer) { return serve(peer, is_operator(peer.request())); }

 private:
  // The frame of this coroutine is a part of what an idle connection costs: what does not outlast a suspension is no
  // variable of it, but a member of this, which all of them share.
  task<> serve(connection& peer, bool commands);

  // Did the request present the operator's token?
  bool is_operator(const http::request& request) const noexcept;
  // Whether anything was said, and not the connection is over.
  bool hear(const message* said) noexcept { return (said_ = said) != nullptr; }
  // False if what was said is an error or an operator's command: then `answer_` is for the one who said it, alone.
  bool is_for_the_room(bool commands);
  auto tell(connection& peer) const { return peer.send(message::text(answer_)); }

  message_rule rule_;
  std::string token_;
  hub& rooms_;
  operator_commands& commands_;
  const message* said_ = nullptr;
  std::string answer_;
};

}  // namespace peregrine::server
