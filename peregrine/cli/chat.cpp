#include "peregrine/chat/chat.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/options.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace peregrine::cli {

int chat(int count, const char* const* words) {
  peregrine::chat::options chosen;
  const auto* login = std::getenv("USER");
  chosen.user = login != nullptr && *login != '\0' ? login : "somebody";
  options command(
      "chat",
      "Join a room from a terminal: each line typed is said there, what is said there is printed.\n"
      "A connection that breaks is made anew, after longer and longer waits of up to 30 seconds, and what was\n"
      "typed meanwhile is sent then; only when the very first try fails does it end, with 1.");
  command.argument("URL", chosen.url, "The room, such as wss://localhost:8080/room");
  command.text("--user", chosen.user, "The name to speak under");
  command.toggle("--json", chosen.json, "Print each message as it came, one a line, and not as 'name: text'");
  command.toggle("--deflate", chosen.deflate, "Offer compression (permessage-deflate)");
  command.text("--origin", chosen.origin, "Say that it comes from this page's origin");
  command.text("--token-file", chosen.token_file, "Present the token in this file (Authorization: Bearer)");
  command.choice<http_version>(
      "--protocol", chosen.version,
      {{"auto", http_version::automatic}, {"http1", http_version::http1}, {"http2", http_version::http2}},
      "What carries it; auto is what the server prefers over TLS, and HTTP/1.1 without");
  command.text("--ca", chosen.authorities,
               "With wss, trust those whose certificates are in this PEM file, and no others");
  command.toggle("--insecure", chosen.insecure, "With wss, take any certificate: who listens in between reads along");
  if (const auto end = command.parse(count, words)) return *end;
  if (const auto sense = peregrine::chat::check(chosen); !sense) {
    fmt::print(stderr, "peregrine chat: {}\n(peregrine chat --help lists the options)\n", sense.error().message);
    return misused;
  }
  if (const auto left = peregrine::chat::run(chosen); !left) {
    log::error("chat", {{"url", chosen.url}}, "{}", left.error().message);
    return failed;
  }
  return done;
}

}  // namespace peregrine::cli
