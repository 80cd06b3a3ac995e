// Between what a person types and reads and what a room carries: {"user": …, "text": …}.
#pragma once

#include "peregrine/connection/message.hpp"

#include <string>
#include <string_view>

namespace peregrine::chat {

// A line as a message. Bytes that are no UTF-8 become U+FFFD, since a text message is UTF-8 (RFC 6455 §5.6).
std::string to_message(std::string_view user, std::string_view line);

// A message as one line for a person, without its end: "name: text", or "error: why" where the server answers with one;
// what is neither is shown as it came. Nothing in it steers a terminal.
std::string to_line(const message& said);

// A message as one line for a program: JSON as it came, anything else as a JSON string. Only what would end the line or
// steer a terminal is spelled otherwise, in ways that mean the same to a JSON parser. Binary gives an empty string.
std::string to_json_line(const message& said);

// Control characters (C0, DEL, C1), line and paragraph separators, and those that change the direction of writing
// become \n, \x1b or \u{202e}.
std::string escaped(std::string_view text);

}  // namespace peregrine::chat
