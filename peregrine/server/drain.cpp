#include "peregrine/server/drain.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"

#include <fmt/format.h>

#include <random>
#include <string>
#include <utility>

namespace peregrine::server {

namespace {

using namespace std::chrono_literals;
using websocket::close_code;

class leave_taking final : public event_target {
 public:
  leave_taking(reactor& loop, acceptor& door, std::chrono::milliseconds window, bool tells)
      : loop_(loop), door_(door), window_(window), tells_(tells), began_(loop.now()), total_(door.counts.live) {}

  // Between a second and the window's length, so that they come back as slowly as they go.
  std::string hint() {
    const auto longest = std::max<std::int64_t>(window_.count(), 2'000);
    const auto after = std::uniform_int_distribution<std::int64_t>(1'000, longest)(random_);
    return fmt::format("the server restarts; come back in {:.1f}s", static_cast<double>(after) / 1000);
  }

  void start() { on_timeout(); }
  bool is_out_of_time() const noexcept { return is_out_of_time_; }

 private:
  static constexpr auto step = 50ms;
  static constexpr std::uint64_t told_every = 1'000;  // ms

  void on_timeout() override {
    const auto passed = std::chrono::milliseconds(loop_.now() - began_);
    // However short the time is, it is over for nobody who was not told.
    if (std::exchange(has_begun_, true) && passed >= window_ + grace()) {
      is_out_of_time_ = true;
      return;
    }
    const auto due = passed >= window_ ? door_.counts.live : due_closes(total_, passed, window_) - closed_;
    closed_ += door_.close_some(due, close_code::service_restart, [this] { return hint(); });
    if (tells_ && loop_.now() >= told_ + told_every && door_.counts.live > 0) {
      told_ = loop_.now();
      log::info("server", {{"closed", closed_}, {"live", door_.counts.live}}, "{} of {} are closed, {} left",
                print_count(closed_), print_count(total_),
                print_duration(std::max<std::chrono::milliseconds>(window_ - passed, 0ms)));
    }
    loop_.set_timeout(*this, step);
  }

  // For the last ones to answer.
  std::chrono::milliseconds grace() const { return std::min(window_, door_.options.close_timeout); }

  reactor& loop_;
  acceptor& door_;
  std::chrono::milliseconds window_;
  bool tells_;
  std::uint64_t began_;
  std::uint64_t total_;
  std::uint64_t closed_ = 0;
  std::uint64_t told_ = loop_.now();
  bool has_begun_ = false;
  bool is_out_of_time_ = false;
  std::mt19937_64 random_{std::random_device{}()};
};

struct alarm final : event_target {
  void on_timeout() override { has_rung = true; }
  bool has_rung = false;
};

}  // namespace

void drain(reactor& loop, acceptor& door, const hub& rooms, farewell how, std::chrono::milliseconds window,
           const int& signals_heard, bool tells) {
  if (tells) {
    log::info("server", "Closing {} connections with {}, within {}", print_count(door.counts.live),
              how == farewell::restart ? 1012 : 1001, print_duration(window));
  }
  if (how == farewell::restart) {
    door.stop_admitting();
    leave_taking going(loop, door, window, tells);
    going.start();
    while (!door.is_idle() && !going.is_out_of_time() && signals_heard < 2) loop.run_turn();
  } else {
    door.stop_listening();
    door.close_all(close_code::going_away, "the server is going away");
    alarm deadline;
    loop.set_timeout(deadline, window);
    while (!door.is_idle() && !deadline.has_rung && signals_heard < 2) loop.run_turn();
  }
  if (!door.is_idle()) {
    log::warning("server", "{} connections did not close in time and were cut off", print_count(door.counts.live));
    door.abort_all();
  }
  // Handlers end, and leave their rooms, once what these still carried has been let go.
  constexpr int turns = 100'000;
  for (int i = 0; i < turns && rooms.rooms() > 0; ++i) loop.run_turn(false);
  loop.run_turn(false);  // what was closed is destroyed at the end of a turn
}

}  // namespace peregrine::server
