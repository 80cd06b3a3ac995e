#include "peregrine/base/log.hpp"
#include "peregrine/cli/commands.hpp"
#include "peregrine/cli/options.hpp"
#include "peregrine/server/server.hpp"

namespace peregrine::cli {

int serve(int count, const char* const* words) {
  server::options chosen;
  options command("serve", "Run the chat server: every path is a room, what one member says all members hear.");
  command.texts("--bind", chosen.bind, "Listen there, as a URL, with TLS if it is https; may be repeated");
  command.text("--certificate", chosen.certificate,
               "PEM file of the certificate for https and its chain, read again at SIGHUP; localhost can do without");
  command.text("--key", chosen.key, "PEM file of its key, if that is not in the certificate's file");
  command.choice<server::messages>("--messages", chosen.carried,
                                   {{"json", server::messages::json}, {"any", server::messages::any}},
                                   "What a room carries: JSON objects, or any text and binary");
  command.text("--operator-token-file", chosen.operator_token_file,
               "Who presents the token in this file may use /commands");
  command.text("--admin", chosen.admin,
               "Metrics, health and orders at this URL; auto: http://127.0.0.1:9180 if nobody listens there; or off");
  command.text("--admin-token-file", chosen.admin_token_file,
               "The token for all of these but health; without one they are for this machine alone");
  command.texts("--origin", chosen.origins, "Let browsers of this origin in, beside the server's own; may be repeated");
  command.size("--max-message", chosen.max_message, "A longer message is answered with close code 1009");
  command.size("--outbox-limit", chosen.outbox_limit, "Who has more than this waiting is closed as a slow consumer");
  command.size("--max-head", chosen.max_head, "A longer head of a request is refused (431)");
  command.count("--streams", chosen.streams, "On one HTTP/2 connection; one more is refused (REFUSED_STREAM)");
  command.size("--stream-window", chosen.stream_window, "What may come on an HTTP/2 stream before it is taken");
  command.count("--per-address", chosen.per_address,
                "So many connections from one address (IPv6: /64), over HTTP/2 WebSockets; one more is refused (503)");
  command.count("--rate", chosen.rate, "So many new connections in a second; one more is refused (503)");
  command.size("--memory-limit", chosen.memory_limit,
               "With this much in use, the kernel's for its sockets too, nobody new comes in (503)");
  command.duration("--handshake-timeout", chosen.handshake_timeout, "A handshake that takes longer is refused (408)");
  command.duration("--ping-interval", chosen.ping_interval, "Who is silent for so long is pinged");
  command.duration("--idle-timeout", chosen.idle_timeout, "Who is silent for so long, pings or not, is gone");
  command.duration("--close-timeout", chosen.close_timeout, "How long a peer may take to answer a close");
  command.duration("--drain", chosen.drain, "At SIGTERM everybody is closed with 1012, evenly over so long");
  command.text("--workers", chosen.workers,
               "So many processes share the connections; auto: as many as --capacity needs. Without it: these, and one "
               "for each processor at least");
  command.count("--capacity", chosen.capacity, "How many connections the workers are to have room for");
  command.choice<bool>("--page", chosen.page, {{"on", true}, {"off", false}}, "Have a chat page at /, for browsers");
  command.toggle("--deflate", chosen.deflate, "Offer compression (permessage-deflate)");
  command.count("--ready-fd", chosen.ready_fd, "Write the ports to this descriptor, a line each, once all listen");
  if (const auto end = command.parse(count, words)) return *end;
  if (const auto served = server::run(chosen); !served) {
    log::error("server", "{}", served.error().message);
    return failed;
  }
  return done;
}

}  // namespace peregrine::cli
