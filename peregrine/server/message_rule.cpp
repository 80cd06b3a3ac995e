#include "peregrine/server/message_rule.hpp"

namespace peregrine::server {

std::string_view message_rule::fault_of(const message& said) {
  if (carried_ == messages::any) return {};
  if (!said.is_text()) return "this room carries JSON objects as text; a binary message was sent";
  const auto text = said.text();
  simdjson::dom::element parsed;
  if (const auto code = parser_.parse(text.data(), text.size(), true).get(parsed)) {
    return code == simdjson::EMPTY ? "the message is empty; expected a JSON object such as {\"text\": \"hello\"}"
                                   : "the message is not JSON; expected an object such as {\"text\": \"hello\"}";
  }
  if (parsed.get(object_)) return "the message is JSON but no object; expected one such as {\"text\": \"hello\"}";
  return {};
}

std::string_view message_rule::command() const noexcept {
  std::string_view text;
  if (carried_ == messages::any || object_["text"].get(text)) return {};
  return text.starts_with('/') ? text : std::string_view{};
}

}  // namespace peregrine::server
