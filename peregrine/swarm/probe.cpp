#include "peregrine/swarm/probe.hpp"

#include "peregrine/runtime/reactor.hpp"
#include "peregrine/runtime/scope.hpp"
#include "peregrine/swarm/opener.hpp"

#include <chrono>
#include <utility>

namespace peregrine::swarm {
namespace {

using namespace std::chrono_literals;

task<> part(connection& from) {
  from.close();
  while (co_await from.receive()) {
  }
}

}  // namespace

http_version spoken_at(const options& chosen, const address& to, const std::vector<address>& sources) {
  reactor loop;
  client_endpoint home;
  home.options.close_timeout = 1s;  // it has told by then
  http_version spoken{};
  {
    connection_ptr opened;
    bool is_done = false;
    const share one{.count = 1, .concurrency = 1, .active = 0, .rate = {}, .echo_rate = {}, .sources = sources};
    opener door(
        chosen, one, to, home, [&](connection_ptr made) { opened = std::move(made); }, [&] { is_done = true; });
    door.start();
    while (!is_done) loop.run_turn();
    spoken = door.version();
    if (opened) {
      scope parting;
      parting.spawn(part(*opened));
      while (!parting.empty()) loop.run_turn();
    }
  }
  for (int i = 0; i < 3; ++i) loop.run_turn(false);  // what was closed is destroyed at the end of a turn
  return spoken;
}

}  // namespace peregrine::swarm
