// All rooms of a worker, and the pump that carries what is said in them to their members.
//
// The pump works at the end of a turn, in slices: each turn it serves a bounded number of members, room after room, so
// that accepting, reading and other rooms go on while a message is on its way to a million. What one member is to get
// in one turn leaves in one write.
#pragma once

#include "peregrine/base/duration_counts.hpp"
#include "peregrine/connection/connection.hpp"
#include "peregrine/room/broker.hpp"
#include "peregrine/room/room.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace peregrine {

class hub;

// A member's place in a room, and its way out: it leaves when this is destroyed. Stays where it was made.
class seat {
 public:
  seat(const seat&) = delete;
  seat& operator=(const seat&) = delete;
  ~seat();

  // co_await seat.publish(message): every member of the room, this one included, gets it. Copied at once; suspends
  // while the room has more to carry than it may hold, so that whoever speaks too fast is slowed down. The seat stays
  // until that is over, or the coroutine is destroyed.
  [[nodiscard]] auto publish(const message& said) {
    struct awaiter {
      explicit awaiter(room& in) noexcept : here(&in) {}
      awaiter(const awaiter&) = delete;
      awaiter& operator=(const awaiter&) = delete;
      ~awaiter() {
        if (here) withdraw(*here, this);
      }
      bool await_ready() const noexcept { return !here->is_congested(); }
      void await_suspend(std::coroutine_handle<> waiter) const { here->wait({waiter, this}); }
      void await_resume() noexcept { here = nullptr; }
      room* here;
    };
    take(said);
    return awaiter(*room_);
  }

  const std::string& room_name() const noexcept;
  std::size_t members() const noexcept;

 private:
  friend class hub;
  seat(room& joined, std::uint32_t slot) noexcept : room_(&joined), slot_(slot) {}
  void take(const message& said);
  static void withdraw(room& from, const void* awaiter) noexcept;

  room* room_;
  std::uint32_t slot_;
};

class hub final : private broker::audience, private event_target {
 public:
  // All rooms are here, or reach as far as the broker does, which outlives the members and is not asked after them.
  hub() : broker_(&alone_) {}
  explicit hub(broker& carrier) : broker_(&carrier) { carrier.attach(*this); }
  hub(const hub&) = delete;
  hub& operator=(const hub&) = delete;
  ~hub() override;

  // `peer` stays until the seat is gone. Rooms come with their first member and go with their last.
  seat join(std::string_view room, connection& peer);

  // What nobody with a seat says: every member of the room gets it. Copied at once. False, and nobody gets it, while
  // the room or the way to other workers has more to carry than it may hold.
  bool publish(std::string_view room, const message& said);

  // `heard` is called with what is published under this name, which is no room's: those begin with a slash. For what
  // the processes of a server tell each other. As long as the hub is.
  void listen(std::string name, std::function<void(bytes payload)> heard);

  const room* find_room(std::string_view name) const noexcept { return find(name); }
  std::size_t rooms() const noexcept { return rooms_.size(); }
  // Visits some `most` rooms, from where `from` says, and says where to go on; 0 at first, and when all were visited.
  // Rooms that come or go meanwhile are visited or not, and seldom one twice.
  std::size_t visit_rooms(std::size_t from, std::size_t most, const std::function<void(const room&)>& visit) const;

  // Called for each broadcast that is done.
  std::function<void(const broadcast_report&)> on_broadcast;

  std::uint64_t published() const noexcept { return published_; }                  // messages of members here
  std::uint64_t delivered() const noexcept { return delivered_; }                  // messages queued for a member
  std::uint64_t delivered_payload() const noexcept { return delivered_payload_; }  // bytes of these
  const duration_counts& broadcasts() const noexcept { return broadcasts_; }       // of which each message is a part

 private:
  friend class seat;

  struct name_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>{}(name); }
  };

  static constexpr std::size_t members_per_turn = 128;  // some 1 ms of sends

  void leave(room& left, std::uint32_t slot) noexcept;
  void take(room& where, const message& said);
  void enliven(room& where);
  void report(room& where);
  void release(room& where, room::hold why);
  void withdraw(room& from, const void* awaiter) noexcept;
  room* find(std::string_view name) const noexcept;
  void on_turn() override;

  void on_message(std::string_view name, bytes frame) override;
  void on_congestion(std::string_view name, bool is_congested) override;
  void on_drained() override;
  void on_lost_touch() override;
  void for_each_interest(const std::function<void(std::string_view, bool)>& visit) const override;

  local_broker alone_;
  broker* broker_;
  std::unordered_map<std::string, std::unique_ptr<room>, name_hash, std::equal_to<>> rooms_;
  list<room> active_;  // that have something to be served, or somebody who may go on
  std::map<std::string, std::function<void(bytes)>, std::less<>> listening_;
  bool is_full_ = false;                   // the way to other workers is, for what nobody with a seat says
  std::vector<std::string> held_;          // whose publishers wait until the broker has room again
  std::vector<room::publisher> going_on_;  // who waited, and is about to be resumed
  std::uint64_t published_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t delivered_payload_ = 0;
  duration_counts broadcasts_;
};

}  // namespace peregrine
