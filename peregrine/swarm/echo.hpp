// The active members of one process: each sends, and waits for its own words to come back.
//
// Without a rate a member sends again when it has heard itself. With one, every message has a time at which it is meant
// to leave, and its latency counts from there: a server that stalls, and so keeps members from sending, can't hide it.
#pragma once

#include "peregrine/connection/connection.hpp"
#include "peregrine/swarm/alarm.hpp"
#include "peregrine/swarm/tally.hpp"
#include "peregrine/swarm/utterance.hpp"

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace peregrine::swarm {

struct echo_plan {
  std::uint32_t first = 0;     // the number of the first member
  std::size_t size = 64;       // bytes of a message
  std::optional<double> rate;  // messages per second, of all of them together
  std::chrono::nanoseconds length{};
};

class echo final : private completion {
 public:
  // `done` is called when its time is over and everything sent has come back or was lost with its member. Null members
  // are not there. `ours` outlives this.
  echo(const voice& ours, const echo_plan& plan, const std::vector<connection*>& members, std::function<void()> done);
  // Its members must be gone.
  ~echo() = default;
  echo(const echo&) = delete;
  echo& operator=(const echo&) = delete;

  void start();
  void hear(std::size_t member, std::uint64_t time);
  void lose(std::size_t member);

  // What was meant to be sent counts as sent, also where its member was kept from it or lost: nothing is hidden.
  echo_tally tally() const;

 private:
  struct speaker {
    connection* peer = nullptr;
    std::coroutine_handle<> waiter;  // for its turn to speak
    std::uint64_t owed = 0;          // messages that it may send
    std::uint64_t under_way = 0;     // that it sent and has not heard
  };

  // co_await its_turn(each): true when it is to say something, false when all is over.
  auto its_turn(speaker& each) noexcept {
    struct awaiter {
      echo& owner;
      speaker& each;
      bool await_ready() const noexcept { return each.owed > 0 || !each.peer || owner.is_over_; }
      void await_suspend(std::coroutine_handle<> waiter) const noexcept { each.waiter = waiter; }
      bool await_resume() const noexcept { return each.owed > 0 && each.peer; }
    };
    return awaiter{*this, each};
  }

  task<> speak(std::size_t member);
  void owe(speaker& each);
  static void wake(speaker& each);
  void on_alarm();
  std::uint64_t due(std::uint64_t message) const noexcept;
  void end();
  void check_done();

  void on_finished(std::exception_ptr) noexcept override {}

  const voice& voice_;
  echo_plan plan_;
  std::function<void()> done_;
  std::vector<speaker> speakers_;
  alarm alarm_;
  std::uint64_t end_ = 0;      // of sending
  std::uint64_t message_ = 0;  // at a rate: the next to fall due, the first of each member first
  std::uint64_t under_way_ = 0;
  std::uint64_t owed_ = 0;
  std::uint64_t unsaid_ = 0;  // by members that were lost
  bool is_over_ = false;
  bool is_done_ = false;
  echo_tally tally_;
};

}  // namespace peregrine::swarm
