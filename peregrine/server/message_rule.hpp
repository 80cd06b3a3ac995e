// What may be said in a room, by a member or by a back end.
#pragma once

#include "peregrine/connection/message.hpp"
#include "peregrine/server/options.hpp"

#include <simdjson.h>

#include <string_view>

namespace peregrine::server {

class message_rule {
 public:
  explicit message_rule(messages carried) : carried_(carried) {}

  // Says why a message may not be said; empty if it may.
  std::string_view fault_of(const message& said);

  // The command in {"text": "/…"} of the message that was looked at last, or empty; valid until the next one.
  std::string_view command() const noexcept;

 private:
  messages carried_;
  simdjson::dom::parser parser_;
  simdjson::dom::object object_;
};

}  // namespace peregrine::server
