#include "peregrine/swarm/probe.hpp"

#include "peregrine/runtime/reactor.hpp"
#include "peregrine/swarm/crowd.hpp"
#include "peregrine/swarm/opener.hpp"

#include <chrono>
#include <utility>

namespace peregrine::swarm {

using namespace std::chrono_literals;

http_version spoken_at(const options& chosen, const address& to, const std::vector<address>& sources) {
  reactor loop;
  client_endpoint home;
  home.options.close_timeout = 1s;  // it has told by then
  http_version spoken{};
  {
    const voice silent(0);
    crowd alone(silent, 0, 0, {});
    bool is_done = false;
    const share one{.count = 1, .concurrency = 1, .active = 0, .rate = {}, .echo_rate = {}, .sources = sources};
    opener door(
        chosen, one, to, home, [&](connection_ptr opened) { alone.add(std::move(opened)); }, [&] { is_done = true; });
    door.start();
    while (!is_done) loop.run_turn();
    spoken = door.version();
    alone.close_all();
    while (alone.live() > 0) loop.run_turn();
  }
  for (int i = 0; i < 3; ++i) loop.run_turn(false);  // what was closed is destroyed at the end of a turn
  return spoken;
}

}  // namespace peregrine::swarm
