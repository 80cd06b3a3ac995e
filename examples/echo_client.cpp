// A client: says something, prints what comes back, and leaves.
//
// usage: echo_client URL [TEXT]
#include "peregrine/connection/dial.hpp"
#include "peregrine/http/url.hpp"
#include "peregrine/runtime/scope.hpp"

#include <cstdio>
#include <string>

using namespace peregrine;

task<> echo(const dial_options& where, endpoint& home, std::string text, bool& heard) {
  auto outcome = co_await dial(where, home);
  if (outcome.failure) {
    std::fprintf(stderr, "%s\n", outcome.failure->message.c_str());
    co_return;
  }
  connection& server = *outcome.opened;
  co_await server.send(message::text(text));
  if (const auto* answer = co_await server.receive()) {
    heard = true;
    std::printf("%s\n", std::string(answer->text()).c_str());
  }
  server.close();
  while (const auto* more = co_await server.receive()) {
    static_cast<void>(more);  // until the server has answered the close
  }
}

int main(int count, char** words) {
  const auto url = http::url::parse(count > 1 ? words[1] : "ws://127.0.0.1:8080/");
  const auto to = url ? address::resolve(url->host, url->port) : result<address>(url.error());
  if (!to) {
    std::fprintf(stderr, "%s\n", to.error().message.c_str());
    return 2;
  }
  const auto host = url->authority();
  dial_options where;
  where.to = *to;
  where.ask.target = url->target;
  where.ask.host = host;

  reactor loop;
  client_endpoint home;
  bool heard = false;
  scope work;
  work.spawn(echo(where, home, count > 2 ? words[2] : "hello", heard));
  while (!work.empty()) loop.run_turn();
  while (loop.run_turn(false)) {
    // what was closed is destroyed at the end of a turn
  }
  return heard ? 0 : 1;
}
