#include "peregrine/worker/membership.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/net/listener.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/runtime/signals.hpp"
#include "peregrine/worker/exchange.hpp"
#include "peregrine/worker/ring_stream.hpp"

#include <utility>

namespace peregrine::worker {

result<std::unique_ptr<membership>> membership::take(std::unique_ptr<station> place) {
  auto tools = place->receive_tools();
  if (!tools) return tools.error();
  listener::hand_over(std::move(tools->listeners));
  auto shared = board::adopt(tools->board);
  if (!shared) return shared.error();
  const bool is_worker = place->what() == role::worker;
  if (is_worker && tools->place_on_board >= shared->size())
    return failure{"the supervisor gave this worker no place on the board"};
  auto admitted = admission_counts::adopt(tools->admission);
  if (!admitted) return admitted.error();
  if (is_worker && tools->place_on_board >= admitted->processes())
    return failure{"the supervisor gave this worker no place to count"};
  auto tickets = tls::ticket_keys::adopt(tools->tickets);
  if (!tickets) return tickets.error();
  return std::unique_ptr<membership>(new membership(std::move(place), std::move(*shared), std::move(*admitted),
                                                    std::move(*tickets), tools->place_on_board, tools->bus));
}

result<> membership::begin(std::chrono::milliseconds leave, std::function<void()> on_end) {
  if (auto joined = join(std::exchange(first_bus_, {})); !joined) return joined.error();
  auto watching = place_->watch(
      [this](ring_stream::files way, std::uint64_t) {
        if (const auto joined = join(way); !joined) {
          log::error("bus", "What is said here reaches no other worker: {}", joined.error().message);
        }
      },
      std::move(on_end));
  if (!watching) return watching.error();
  place_->report_ready(leave);
  return {};
}

result<> membership::join(ring_stream::files way) {
  const auto opened = ring_stream::open(way, ring_stream::side::right);
  if (!opened) return opened.error();
  bus_.connect(stream_ptr(*opened));
  (*opened)->start();
  return {};
}

result<> run_exchange(station& place) {
  reactor loop;
  // Who ends the whole server by a signal to each of its processes means the workers, which need the exchange to their
  // end.
  signals for_others;
  exchange all;
  const auto watching = place.watch(
      [&all](ring_stream::files way, std::uint64_t worker) {
        const auto opened = ring_stream::open(way, ring_stream::side::left);
        if (!opened) {
          log::error("bus", {{"worker", worker}}, "Worker {} is not heard: {}", worker, opened.error().message);
          return;
        }
        all.add(worker, stream_ptr(*opened));
        (*opened)->start();
      },
      [&loop] { loop.stop(); });
  if (!watching) return watching.error();
  loop.run();
  return {};
}

}  // namespace peregrine::worker
