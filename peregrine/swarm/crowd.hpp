// The members of a swarm in one process: each is a connection and a coroutine that listens.
#pragma once

#include "peregrine/connection/connection.hpp"
#include "peregrine/connection/dial.hpp"
#include "peregrine/swarm/tally.hpp"
#include "peregrine/swarm/utterance.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace peregrine::swarm {

class crowd final : private completion {
 public:
  // Called when every living member has heard the broadcast that is listened for.
  using on_all_heard = std::function<void()>;
  // An active member heard its own echo, sent (or meant to be) at `time`.
  using on_own_echo = std::function<void(std::size_t active, std::uint64_t time)>;
  using on_active_lost = std::function<void(std::size_t active)>;

  struct callbacks {
    on_all_heard all_heard = [] {};
    on_own_echo own_echo = [](std::size_t, std::uint64_t) {};
    on_active_lost active_lost = [](std::size_t) {};
  };

  // The first `active` members can be made to echo. Members are numbered from `first`, so that no two in a swarm have
  // the same number.
  crowd(const voice& ours, std::uint32_t first, std::size_t active, callbacks told);
  // No member may be left.
  ~crowd();
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  void add(connection_ptr opened);

  std::uint64_t live() const noexcept { return live_; }
  const closing_tally& tally() const noexcept { return tally_; }

  // From here on the broadcast of that number (from 1 upwards) is counted.
  void listen(std::uint32_t broadcast);
  // One of the members says it. Returns the time that it carries, or 0 if nobody is there to speak.
  std::uint64_t say(std::uint32_t broadcast, std::size_t size);
  bool has_heard_all() const noexcept { return heard_.delivered + missed_ >= expected_; }
  const hearing_tally& heard() const noexcept { return heard_; }

  // Those that can echo; null where one is gone.
  const std::vector<connection*>& active() const noexcept { return active_; }
  std::uint32_t first() const noexcept { return first_; }

  // Everybody leaves in peace; from here on nobody who goes is lost.
  void close_all();
  void abort_all();

 private:
  // A connection's memory of what it heard is the number of the last broadcast, in its coroutine's frame.
  task<> stay(connection_ptr peer, std::uint32_t number);
  void hear(const utterance& said, std::uint32_t number, std::uint32_t& heard);
  void lose(const connection& peer, std::uint32_t number, std::uint32_t heard);
  std::uint64_t now_of_delivery() noexcept;
  void for_each(const std::function<void(connection&)>& visit);

  void on_finished(std::exception_ptr) noexcept override {}

  const voice& voice_;
  callbacks told_;
  std::uint32_t first_;
  std::size_t most_active_;
  std::vector<connection*> active_;
  endpoint* home_ = nullptr;  // of all of them
  std::uint32_t next_ = 0;    // number of the next member, from 0
  std::uint64_t live_ = 0;
  bool is_closing_ = false;
  closing_tally tally_;

  std::uint32_t broadcast_ = 0;
  std::uint64_t expected_ = 0;
  std::uint64_t missed_ = 0;  // were lost before they heard it
  hearing_tally heard_;

  std::uint64_t turn_ = 0;  // when the clock was last read, and how many deliveries ago
  std::uint32_t readings_ = 0;
  std::uint64_t now_ = 0;
};

}  // namespace peregrine::swarm
