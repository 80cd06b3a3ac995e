#include "peregrine/worker/membership.hpp"

#include "peregrine/base/processors.hpp"
#include "peregrine/net/listener.hpp"
#include "peregrine/net/tcp_stream.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/runtime/signals.hpp"
#include "peregrine/worker/exchange.hpp"

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
  join(std::exchange(first_bus_, -1));
  auto watching = place_->watch([this](int socket, std::uint64_t) { join(socket); }, std::move(on_end));
  if (!watching) return watching.error();
  place_->report_ready(leave);
  return {};
}

void membership::join(int socket) {
  auto* const way = new tcp_stream(socket);
  bus_.connect(stream_ptr(way));
  way->start();
}

result<> run_exchange(station& place) {
  go_first();  // what it has carried by the time that a worker's turn comes leaves that worker in one write
  reactor loop;
  // Who ends the whole server by a signal to each of its processes means the workers, which need the exchange to their
  // end.
  signals for_others;
  exchange all;
  const auto watching = place.watch(
      [&all](int socket, std::uint64_t worker) {
        auto* const way = new tcp_stream(socket);
        all.add(worker, stream_ptr(way));
        way->start();
      },
      [&loop] { loop.stop(); });
  if (!watching) return watching.error();
  loop.run();
  return {};
}

}  // namespace peregrine::worker
