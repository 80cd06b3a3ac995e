// The administration's own door: health, metrics, what there is, and what may be done about it, over HTTP, and a feed
// of it over a WebSocket. docs/operating.md has the routes.
//
// It reads the board and talks on the bus, so it needs no worker's loop: it has a process of its own where there are
// several workers, and otherwise shares the only one.
#pragma once

#include "peregrine/admin/guard.hpp"
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/tls/context.hpp"
#include "peregrine/worker/board.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace peregrine::admin {

struct administration_options {
  std::string token;              // empty: guard.hpp has who gets in
  std::uint32_t max_message = 0;  // bytes that may be published at once

  // What is wrong with a message that a back end wants to publish; empty if nothing is. As for members.
  std::function<std::string_view(const message&)> fault_of;

  // What else is there to GET, without a token: the files of a page that shows all this, and asks for the token itself.
  std::function<std::optional<http::answer>(const http::request&)> page;
};

class administration final : private event_target {
 public:
  // `all` and `rooms` outlive it.
  administration(administration_options chosen, const worker::board& all, hub& rooms);

  // Returns the address with the port in use. `secured` makes it TLS, and outlives this.
  result<address> listen(const address& at, tls::server_context* secured = nullptr);

  // Ends all that is under way, on the current reactor, within a second.
  void leave();

 private:
  http::answer answer(const http::request& asked, std::string_view content);
  http::answer readiness() const;
  http::answer metrics(const http::request& asked) const;
  http::answer allocations(const http::request& asked) const;
  http::answer publish(const http::request& asked, std::string_view content);
  http::answer close_connections(const http::request& asked);
  std::optional<http::answer> refuse_feed(const http::request& asked) const;
  task<> show(connection& spectator);
  void on_timeout() override;

  administration_options options_;
  guard guard_;
  const worker::board& all_;
  hub& rooms_;
  hub spectators_;  // of the feed, all in one room
  acceptor door_;
};

}  // namespace peregrine::admin
