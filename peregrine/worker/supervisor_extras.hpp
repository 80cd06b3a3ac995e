// The supervisor itself: its processes, and what becomes of them (supervisor.cpp), how they are replaced and how they
// end (supervisor_leaving.cpp).
#pragma once

#include "peregrine/connection/admission_counts.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/runtime/signals.hpp"
#include "peregrine/tls/ticket_keys.hpp"
#include "peregrine/tls/ticket_renewal.hpp"
#include "peregrine/worker/board.hpp"
#include "peregrine/worker/board_census.hpp"
#include "peregrine/worker/channel.hpp"
#include "peregrine/worker/fall.hpp"
#include "peregrine/worker/program.hpp"
#include "peregrine/worker/restart_delay.hpp"
#include "peregrine/worker/sockets.hpp"
#include "peregrine/worker/station.hpp"
#include "peregrine/worker/supervisor.hpp"

#include <fmt/format.h>
#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace peregrine::worker {

class supervisor {
 public:
  supervisor(const supervision& wanted, program ours, listening_sockets sockets)
      : wanted_(wanted),
        program_(std::move(ours)),
        sockets_(std::move(sockets)),
        board_(wanted.workers),
        exchange_place_(*this, role::exchange, 0),
        admin_place_(*this, role::admin, wanted.workers) {
    for (std::uint64_t i = 0; i < wanted.workers; ++i) {
      places_.push_back(std::make_unique<place>(*this, role::worker, i));
    }
  }

  result<> run();

 private:
  enum class state : std::uint8_t { starting, serving, leaving };

  // Where a worker is to be, the exchange, or the administration; filled by one process after the other.
  struct place final : event_target {
    place(supervisor& h, role w, std::uint64_t n) : home(h), what(w), number(n) {}
    void on_timeout() override { home.start(*this); }
    bool is_worker() const noexcept { return what == role::worker; }
    bool is_exchange() const noexcept { return what == role::exchange; }
    std::string name() const {
      if (is_worker()) return fmt::format("Worker {}", number);
      return is_exchange() ? "The exchange" : "The administration";
    }
    supervisor& home;
    role what;
    std::uint64_t number;
    restart_delay delay;
  };

  struct process final : watched, event_target {
    process(supervisor& h, place& w, unsigned g, pid_t i, channel l)
        : home(h), where(w), generation(g), id(i), line(std::move(l)), started(h.loop_.now()), leave(h.wanted_.leave) {}
    void on_ready(std::uint32_t) override {
      if (!is_gone) home.hear(*this);
    }
    void on_timeout() override { home.end_by_force(*this); }
    void on_discarded() noexcept override { delete this; }
    supervisor& home;
    place& where;
    unsigned generation;
    pid_t id;
    channel line;
    std::uint64_t started;
    std::chrono::milliseconds leave;
    state now = state::starting;
    bool has_served = false;
    bool is_hurried = false;
    bool is_gone = false;  // but this turn may still have something from it
    std::size_t place_on_board = 0;
  };

  void on_signal(int number);
  void start(place& where);
  result<> launch(place& where);
  bool equip(process& made);
  bool connect(process& to, std::string_view said, std::vector<int> files);
  void hear(process& from);
  void reap();
  void retire(std::unique_ptr<process> gone);
  void on_fallen(process& fallen, int status);
  void restart(place& where, std::uint64_t started);
  void begin_upgrade(bool from_disk);
  void complete_upgrade();
  void enter(activity now) const noexcept;
  void give_up_upgrade();
  void keep(place& where);
  void stop(int number);
  void ask_to_leave(process& worker, int number);
  void tell_who_leaves();
  void end_if_alone();
  void end_by_force(process& late);
  void fail(std::string why);
  void tell(std::string_view lines) const {
    if (wanted_.manager) wanted_.manager->tell(lines);
  }
  bool all_serve(unsigned generation) const;
  process* exchange_process() const;

  const supervision& wanted_;
  reactor loop_;
  signals signals_{SIGTERM, SIGINT, SIGHUP, SIGUSR2, SIGCHLD};
  program program_;
  std::optional<program> previous_program_;  // to go back to, while new workers are coming up
  listening_sockets sockets_;
  board board_;
  admission_counts admitted_{board_.size()};
  tls::ticket_keys tickets_;
  tls::ticket_renewal ticket_renewal_{tickets_};
  board_census census_{board_};
  place exchange_place_;
  place admin_place_;
  std::vector<std::unique_ptr<place>> places_;
  std::vector<std::unique_ptr<process>> processes_;
  unsigned generation_ = 1;
  bool is_upgrading_ = false;  // workers of this generation are coming up beside those of the one before
  bool has_served_ = false;
  int stops_ = 0;  // signals that asked for the end
  std::uint64_t kills_before_ = out_of_memory_kills();
  result<> outcome_;

  // Each second while some take their leave.
  struct farewell final : event_target {
    explicit farewell(supervisor& h) : home(h) {}
    void on_timeout() override { home.tell_who_leaves(); }
    supervisor& home;
  } farewell_{*this};
};

}  // namespace peregrine::worker
