// How the supervisor's processes are replaced, and how all of it ends.
#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/worker/supervisor_extras.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

namespace peregrine::worker {

using namespace std::chrono_literals;

// ---- upgrading ----

void supervisor::begin_upgrade(bool from_disk) {
  if (stops_ > 0 || !has_served_) return;
  if (is_upgrading_) {
    log::warning("supervisor", "New workers are coming up already; ask again when they serve");
    return;
  }
  if (board_.free_places() < wanted_.workers) {
    log::error("supervisor",
               "The workers go on as they are: the old ones of earlier reloads still take their leave, and there is no "
               "room for as many again; ask again when they have left");
    return;
  }
  if (from_disk) {
    auto found = program_.on_disk();
    if (!found) {
      log::error("supervisor", "The workers go on as they are: {}", found.error().message);
      return;
    }
    previous_program_ = std::exchange(program_, std::move(*found));
  }
  log::info("supervisor", "Starting {} new workers{}; the old ones serve until all of these do", wanted_.workers,
            from_disk ? " of " + program_.path() : "");
  tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", loop_.precise_now() / 1000));
  ++generation_;
  is_upgrading_ = true;
  for (auto& each : places_) {
    reactor::clear_timeout(*each);
    start(*each);
  }
  if (!wanted_.admin_socket) return;
  reactor::clear_timeout(admin_place_);
  start(admin_place_);
}

void supervisor::complete_upgrade() {
  is_upgrading_ = false;
  previous_program_.reset();
  tell("READY=1");
  log::info("supervisor", "The new workers serve; the old ones take their leave");
  for (const auto& each : processes_) {
    const bool is_old = !each->where.is_exchange() && each->generation != generation_;
    if (is_old && each->now != state::leaving) ask_to_leave(*each, SIGTERM);
  }
  loop_.set_timeout(farewell_, 1s);
}

void supervisor::give_up_upgrade() {
  is_upgrading_ = false;
  tell("READY=1");
  if (previous_program_) program_ = std::move(*std::exchange(previous_program_, std::nullopt));
  for (const auto& each : processes_) {
    if (!each->where.is_exchange() && each->generation == generation_) ask_to_leave(*each, SIGTERM);
  }
  ++generation_;  // the old ones are the new ones
  for (const auto& where : places_) keep(*where);
  if (wanted_.admin_socket) keep(admin_place_);
}

void supervisor::keep(place& where) {
  const auto kept = std::ranges::find_if(
      processes_, [&](const auto& each) { return &each->where == &where && each->now == state::serving; });
  if (kept == processes_.end()) {
    start(where);  // it fell meanwhile
  } else {
    (*kept)->generation = generation_;
  }
}

// ---- the end ----

void supervisor::enter(activity now) const noexcept {
  board_.past().now.store(static_cast<std::uint64_t>(now), std::memory_order_relaxed);
}

void supervisor::on_signal(int number) {
  switch (number) {
    case SIGCHLD:
      reap();
      break;
    case SIGHUP:
      begin_upgrade(false);
      break;
    case SIGUSR2:
      begin_upgrade(true);
      break;
    default:
      if (stops_ == 0) log::info("supervisor", "{}: stopping", strsignal(number));
      if (stops_ == 1) fail("a second signal ended the server before everybody was closed");
      stop(number);
  }
}

void supervisor::stop(int number) {
  if (++stops_ == 1) tell("STOPPING=1");
  enter(activity::leaving);
  for (const auto& each : processes_) {
    if (!each->where.is_worker()) continue;
    // To who is leaving already it would be a second signal, by which it would hurry.
    if (stops_ > 1 || each->now != state::leaving) ask_to_leave(*each, number);
  }
  loop_.set_timeout(farewell_, 1s);
  end_if_alone();
}

void supervisor::ask_to_leave(process& worker, int number) {
  constexpr auto hurry = 5s;
  worker.now = state::leaving;
  kill(worker.id, number);
  kill(worker.id, SIGCONT);  // or it would hear it only when somebody lets it go on
  if (stops_ < 2) {
    loop_.set_timeout(worker, worker.leave);
  } else if (!std::exchange(worker.is_hurried, true)) {  // one signal more gives nobody more time
    loop_.set_timeout(worker, hurry);
  }
}

// One line for all of them, whose figures are of the last second.
void supervisor::tell_who_leaves() {
  std::uint64_t live = 0;
  std::size_t workers = 0;
  for (const auto& each : processes_) {
    if (!each->where.is_worker() || each->now != state::leaving) continue;
    ++workers;
    live += board_.at(each->place_on_board).live.load(std::memory_order_relaxed);
  }
  if (workers == 0) return;
  loop_.set_timeout(farewell_, 1s);
  log::info("supervisor", {{"live", live}, {"workers", workers}},
            "{} connections are still to be closed, of {} workers", print_count(live), workers);
}

// The administration tells of the end as long as there are workers, and the exchange is needed as long as anybody
// talks.
void supervisor::end_if_alone() {
  if (stops_ == 0) return;
  if (std::ranges::any_of(processes_, [](const auto& each) { return each->where.is_worker(); })) return;
  for (const auto& each : processes_) {
    if (!each->where.is_exchange() && each->now != state::leaving) ask_to_leave(*each, SIGTERM);
  }
  const bool is_alone = std::ranges::all_of(processes_, [](const auto& each) { return each->where.is_exchange(); });
  if (!is_alone) return;
  for (auto& each : processes_) {
    kill(each->id, SIGKILL);
    waitpid(each->id, nullptr, 0);
    retire(std::move(each));
  }
  processes_.clear();
  loop_.stop();
}

void supervisor::fail(std::string why) {
  if (outcome_) outcome_ = failure{std::move(why)};
}

void supervisor::end_by_force(process& late) {
  const log::with fields{{"process", late.id}};
  if (late.now == state::starting) {
    log::error("supervisor", fields, "{} did not serve within {} and is ended", late.where.name(),
               print_duration(wanted_.start));
  } else {
    log::warning("supervisor", fields, "{} did not end in time and is made to", late.where.name());
    if (stops_ > 0 && late.where.is_worker()) fail("some workers had to be ended by force, with their connections");
  }
  kill(late.id, SIGKILL);
}

}  // namespace peregrine::worker
