// A chat server: every path is a room, and what one member says all members hear.
//
// usage: chat_server [PORT]    Then, from elsewhere: peregrine chat ws://127.0.0.1:8080/room
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/room/hub.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace peregrine;

// One connection, from its opening to its end.
task<> chat(connection& peer, hub& rooms) {
  auto seat = rooms.join(peer.request().path, peer);
  while (const auto* message = co_await peer.receive()) co_await seat.publish(*message);
}

int main(int count, char** words) {
  const auto port = static_cast<std::uint16_t>(count > 1 ? std::atoi(words[1]) : 8080);
  reactor loop;
  hub rooms;
  acceptor door({}, [&rooms](connection& peer) { return chat(peer, rooms); });
  const auto listening = door.listen(*address::from_numbers("127.0.0.1", port));
  if (!listening) {
    std::fprintf(stderr, "%s\n", listening.error().message.c_str());
    return 1;
  }
  std::printf("ws://%s/\n", listening->to_string().c_str());
  std::fflush(stdout);
  loop.run();
}
