#include "peregrine/worker/supervisor.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/worker/ledger_book.hpp"
#include "peregrine/worker/ring_stream.hpp"
#include "peregrine/worker/station.hpp"
#include "peregrine/worker/supervisor_extras.hpp"

#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

namespace peregrine::worker {

using namespace std::chrono_literals;

result<> supervisor::run() {
  if (auto watching = signals_.watch([this](int number) { on_signal(number); }); !watching) return watching.error();
  if (wanted_.manager) wanted_.manager->live();
  write_kernel(board_.past());
  start(exchange_place_);
  for (auto& each : places_) start(*each);
  if (wanted_.admin_socket) start(admin_place_);
  if (!outcome_) stop(SIGTERM);
  if (!processes_.empty()) loop_.run();
  return outcome_;
}

// ---- starting ----

void supervisor::start(place& where) {
  if (stops_ > 0) return;
  const auto begun = launch(where);
  if (begun) return;
  log::error("supervisor", "{} cannot be started: {}", where.name(), begun.error().message);
  if (has_served_) {
    restart(where, loop_.now());
  } else {
    fail(begun.error().message);
  }
}

result<> supervisor::launch(place& where) {
  auto line = channel::make_pair();
  if (!line) return line.error();
  auto& [ours, theirs] = *line;
  std::optional<std::size_t> on_board;
  if (where.is_worker()) {
    on_board = board_.take_place(where.number);
    if (!on_board) return failure{"those that take their leave have all places for figures of workers"};
  }
  const bool is_exchange = where.is_exchange();
  const auto about = station::to_environment(
      {where.what, where.number, is_upgrading_ && !is_exchange, is_exchange ? std::string() : wanted_.terms},
      theirs.descriptor());
  const auto started = program_.start(about, theirs.descriptor());
  if (!started) {
    if (on_board) board_.clear_place(*on_board);
    return started.error();
  }
  auto& made = *processes_.emplace_back(
      std::make_unique<process>(*this, where, is_exchange ? 0 : generation_, *started, std::move(ours)));
  made.place_on_board = on_board.value_or(0);
  if (auto watching = loop_.world().add(made.line.descriptor(), EPOLLIN, poller::trigger::level, made); !watching) {
    log::error("supervisor", "{} cannot be heard: {}", where.name(), watching.error().message);
  }
  // Who lacks something is of no use: it falls, and is started anew as any that fell.
  if (!equip(made)) kill(made.id, SIGKILL);
  if (!is_exchange) loop_.set_timeout(made, wanted_.start);
  return {};
}

bool supervisor::equip(process& made) {
  if (made.where.is_exchange()) {
    return std::ranges::all_of(
        processes_, [this](const auto& each) { return each->where.is_exchange() || connect(*each, "bus 0", {}); });
  }
  std::vector<int> files{board_.file(), admitted_.file(), tickets_.file()};
  if (made.where.is_worker()) {
    const auto& listening = sockets_.of_worker(made.where.number);
    files.insert(files.end(), listening.begin(), listening.end());
  } else {
    files.push_back(*wanted_.admin_socket);
  }
  return connect(made, fmt::format("start {}", made.place_on_board), std::move(files));
}

// A way between a process and the exchange, and with it what else the process is given. False where the system has
// none.
bool supervisor::connect(process& to, std::string_view said, std::vector<int> files) {
  const auto way = ring_stream::make_pair();
  if (!way) {
    log::error("supervisor", "{} has no bus: {}", to.where.name(), way.error().message);
    return false;
  }
  const auto& [middles, theirs] = *way;
  // An exchange that is away gets a way to each worker when it is back; so does one that is made to go.
  auto* const middle = exchange_process();
  if (middle &&
      !middle->line.send(fmt::format("bus {}", to.where.number), std::array{middles.socket, middles.memory})) {
    log::warning("supervisor", {{"process", middle->id}}, "The exchange hears nothing any more, and is ended");
    kill(middle->id, SIGKILL);
  }
  files.insert(files.begin(), {theirs.socket, theirs.memory});
  if (!to.line.send(said, files) && to.now != state::leaving) {
    log::warning("supervisor", {{"process", to.id}}, "{} hears nothing any more, and is ended", to.where.name());
    kill(to.id, SIGKILL);
  }
  for (const int each : {middles.socket, theirs.socket, theirs.memory}) ::close(each);
  return true;
}

void supervisor::hear(process& from) {
  const auto got = from.line.receive();
  for (const int each : got.files) ::close(each);
  if (got.what == channel::state::ended) {
    loop_.world().remove(from.line.descriptor());  // SIGCHLD tells the rest
    return;
  }
  const auto leave = got.what == channel::state::said ? station::read_ready(got.said) : std::nullopt;
  if (!leave || from.now != state::starting) return;
  from.now = state::serving;
  from.has_served = true;
  from.leave = *leave;
  reactor::clear_timeout(from);
  log::debug("supervisor", {{"process", from.id}}, "{} serves", from.where.name());
  if (!all_serve(generation_)) return;
  if (is_upgrading_) complete_upgrade();
  if (std::exchange(has_served_, true)) return;
  enter(activity::serving);
  if (auto told = wanted_.on_serving(sockets_.addresses()); !told) {
    fail(told.error().message);
    stop(SIGTERM);
  }
}

bool supervisor::all_serve(unsigned generation) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(processes_, [generation](const auto& each) {
           return !each->where.is_exchange() && each->generation == generation && each->now == state::serving;
         })) == wanted_.workers + (wanted_.admin_socket ? 1 : 0);
}

supervisor::process* supervisor::exchange_process() const {
  const auto found = std::ranges::find_if(processes_, [](const auto& each) { return each->where.is_exchange(); });
  return found == processes_.end() ? nullptr : found->get();
}

// ---- falling ----

void supervisor::reap() {
  std::vector<std::pair<std::unique_ptr<process>, int>> fallen;
  for (auto& each : processes_) {
    int status = 0;
    while (waitpid(each->id, &status, WNOHANG | WUNTRACED | WCONTINUED) == each->id) {
      const log::with fields{{"process", each->id}};
      if (WIFSTOPPED(status)) {
        log::warning("supervisor", fields, "{} stands still: it was stopped by signal {} ({})", each->where.name(),
                     WSTOPSIG(status), strsignal(WSTOPSIG(status)));
      } else if (WIFCONTINUED(status)) {
        log::info("supervisor", fields, "{} goes on", each->where.name());
      } else {
        fallen.emplace_back(std::move(each), status);
        break;
      }
    }
  }
  std::erase(processes_, nullptr);
  for (auto& [each, status] : fallen) {
    on_fallen(*each, status);
    retire(std::move(each));
  }
  end_if_alone();
}

void supervisor::retire(std::unique_ptr<process> gone) {
  gone->is_gone = true;
  loop_.world().remove(gone->line.descriptor());
  loop_.discard(*gone.release());
}

void supervisor::on_fallen(process& fallen, int status) {
  const auto kills = out_of_memory_kills();
  const auto how = describe_fall(status, kills > std::exchange(kills_before_, kills));
  // Who was asked to leave before it could hear it has done so as well.
  const bool is_early = fallen.now == state::leaving && !fallen.has_served && WIFSIGNALED(status);
  const bool is_well = is_early || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
  const log::with fields{{"process", fallen.id}, {"status", status}};
  auto& where = fallen.where;
  const auto lost = where.is_worker() ? board_.at(fallen.place_on_board).live.load(std::memory_order_relaxed) : 0;
  if (where.is_worker()) {
    board_.clear_place(fallen.place_on_board);
    admitted_.clear(fallen.place_on_board);
  }
  if (fallen.now == state::leaving) {
    if (is_well) {
      log::debug("supervisor", fields, "{} has left", where.name());
    } else {
      log::warning("supervisor", fields, "{} was to leave, but {}", where.name(), how);
      if (stops_ > 0 && where.is_worker()) fail("a worker did not end as it should: it " + how);
    }
    return;
  }
  if (stops_ > 0) return;
  if (where.is_exchange()) {
    log::error("supervisor", fields, "The exchange {}: what was on its way between workers is lost", how);
    restart(where, fallen.started);
  } else if (!has_served_) {
    fail(fmt::format("{} {} before it served; its own words stand above", where.name(), how));
    stop(SIGTERM);
  } else if (is_upgrading_ && fallen.generation == generation_) {
    log::error("supervisor", fields, "{} {} before all of the new ones served: the old ones go on", where.name(), how);
    give_up_upgrade();
  } else if (!where.is_worker()) {
    if (fallen.generation != generation_) return;
    log::error("supervisor", fields, "The administration {}", is_well ? "has left" : how);
    restart(where, fallen.started);
  } else if (fallen.generation == generation_) {
    if (is_well) {  // somebody asked it to
      log::info("supervisor", fields, "{} has left, and is started anew", where.name());
    } else {
      log::error("supervisor", fields, "{} {}, and with it went its connections: {}", where.name(), how,
                 print_count(lost));
    }
    restart(where, fallen.started);
  } else {
    log::warning("supervisor", fields, "The old worker {} {}", where.number, how);
  }
}

void supervisor::restart(place& where, std::uint64_t started) {
  const auto delay = where.delay.next(std::chrono::milliseconds(loop_.now() - started));
  if (delay > 0ms) log::info("supervisor", "{} is started anew in {}", where.name(), print_duration(delay));
  loop_.set_timeout(where, delay);
}

result<> supervise(const supervision& wanted) {
  constexpr auto most = channel::most_files - 10;  // beside what else a worker is given
  if (wanted.addresses.size() > most) {
    return failure{fmt::format("{} addresses to listen at are too many for several workers; expected {} at most",
                               wanted.addresses.size(), most)};
  }
  auto ours = program::running();
  if (!ours) return ours.error();
  auto sockets = listening_sockets::open(wanted.addresses, wanted.workers);
  if (!sockets) return sockets.error();
  supervisor parent(wanted, std::move(*ours), std::move(*sockets));
  return parent.run();
}

}  // namespace peregrine::worker
