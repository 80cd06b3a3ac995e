// Any head, as a request to a server and as an answer to a client. Line 1: "METHOD major minor" or, as an answer, the
// status; the others are fields. What a server accepts, a client of ours that asked for it must accept too.
#include "peregrine/websocket/handshake.hpp"

#include "fuzz.hpp"
#include <charconv>
#include <string>
#include <vector>

namespace {

using namespace peregrine;
using namespace peregrine::websocket;

std::string_view take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

std::vector<field> fields_of(std::string_view text) {
  std::vector<field> head;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    const auto name = take_until(line, ':');
    if (line.starts_with(' ')) line.remove_prefix(1);
    head.push_back({name, line});
  }
  return head;
}

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

const handshake_options options{
    .origins = {},
    .subprotocols = {"chat", "superchat"},
    .deflate = deflate_parameters{.server_no_context_takeover = true, .client_max_window_bits = std::uint8_t{12}}};

void check_accepted_answer(const accepted& agreed) {
  require(agreed.key.size() == 24);
  std::string answer;
  append_acceptance(answer, agreed);
  // No more lines than ours: nothing of the request's gets into the answer's head.
  std::string_view rest = answer;
  const auto status_line = take_until(rest, '\n');
  require(status_line == "HTTP/1.1 101 Switching Protocols\r");
  std::string without_returns;
  for (const char c : rest) {
    if (c != '\r') without_returns.push_back(c);
  }
  require(without_returns.ends_with("\n\n"));
  without_returns.pop_back();
  const auto head = fields_of(without_returns);
  require(head.size() == 3u + !agreed.subprotocol.empty() + agreed.deflate.has_value());

  const invitation asked{.subprotocols = options.subprotocols, .deflate = agreed.deflate};
  const auto seen = check_answer(101, head, asked, agreed.key);
  require(bool(seen));
  require(seen->subprotocol == agreed.subprotocol);
  require(seen->deflate == agreed.deflate);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto line = take_until(text, '\n');
  const auto head = fields_of(text);

  const auto status = number(line);
  const invitation asked{.subprotocols = options.subprotocols, .deflate = deflate_parameters{}};
  for (const auto kind : {handshake_kind::upgrade, handshake_kind::extended_connect}) {
    const auto answer = check_answer(status, head, asked, "dGhlIHNhbXBsZSBub25jZQ==", kind);
    require(answer || !answer.error().message.empty());
  }

  opening request{.head = head};
  request.method = take_until(line, ' ');
  request.version_major = number(take_until(line, ' '));
  request.version_minor = number(take_until(line, ' '));
  request.authority = take_until(line, ' ');
  request.protocol = take_until(line, ' ');
  const auto upgraded = check_opening(request, options);
  if (const auto* agreed = std::get_if<accepted>(&upgraded)) check_accepted_answer(*agreed);
  request.kind = handshake_kind::extended_connect;
  const auto connected = check_opening(request, options);
  for (const auto* outcome : {&upgraded, &connected}) {
    const auto* refused = std::get_if<refusal>(outcome);
    if (refused) require(refused->status >= 400 && refused->status <= 505 && !refused->why.empty());
  }
  return 0;
}
