// A room: its members, and the messages that are on their way to them. Made and destroyed by the hub.
//
// What members are promised: each message that the room took while they were in it, once, unchanged, in the order in
// which the room took them; all members see the same order. A member whose outbox is full is closed as a slow consumer,
// and a member that leaves hears nothing more.
#pragma once

#include "peregrine/base/list.hpp"
#include "peregrine/connection/connection.hpp"
#include "peregrine/connection/shared_frame.hpp"
#include "peregrine/room/slot_memory.hpp"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace peregrine {

class hub;

// How a broadcast went, when its last member has been served. Messages that came close together go out as one.
struct broadcast_report {
  const std::string& room;
  std::size_t messages;
  std::size_t members;
  std::size_t payload;     // bytes of the messages
  std::uint64_t duration;  // ns from the first message taken to the last member served
};

class room final : public list_link {
 public:
  room(hub& home, std::string name) : home_(home), name_(std::move(name)) {}

  hub& home() const noexcept { return home_; }

  const std::string& name() const noexcept { return name_; }
  std::size_t members() const noexcept { return members_; }

  // A member is known by the slot that it was given until it leaves.
  std::uint32_t join(connection& member);
  void leave(std::uint32_t slot) noexcept;

  // Visits some `most` members, from the slot `from`, and says where to go on: 0 at first, and when there is no more.
  std::uint32_t visit_members(std::uint32_t from, std::uint32_t most,
                              const std::function<void(connection&)>& visit) const;

  void take(const message& said);
  void take(bytes frame);  // one message, encoded as a server's frame

  // Why whoever publishes waits, beside a backlog here.
  enum class hold : std::uint8_t { elsewhere = 1, on_the_way = 2 };
  void set_hold(hold why, bool holds) noexcept {
    holds_ =
        static_cast<std::uint8_t>(holds ? holds_ | static_cast<unsigned>(why) : holds_ & ~static_cast<unsigned>(why));
  }
  bool is_held(hold why) const noexcept { return (holds_ & static_cast<unsigned>(why)) != 0; }

  // More is waiting to be served than a room may hold.
  bool is_behind() const noexcept { return backlog_ > max_backlog; }
  // What the broker was last told of that.
  bool is_reported() const noexcept { return is_reported_; }
  void set_reported(bool now) noexcept { is_reported_ = now; }

  // Who waits, and what it awaits, by which it is known.
  struct publisher {
    std::coroutine_handle<> waiter;
    const void* awaiter;
  };

  bool is_congested() const noexcept { return is_behind() || holds_ != 0; }
  void wait(publisher who) { waiting_.push_back(who); }
  void withdraw(const void* awaiter) noexcept;

  bool has_work() const noexcept { return !batches_.empty(); }

  // Looks at up to `budget` slots and serves who is there with what is under way; returns how many slots. `report` is
  // called for each batch that is done with.
  template <class Report>
  std::size_t serve(std::size_t budget, std::uint64_t now, const Report& report) {
    const std::size_t served = serve(budget);
    while (!batches_.empty() && batches_.front().next == batches_.front().end) {
      const batch& done = batches_.front();
      report(broadcast_report{name_, done.messages, done.served, done.payload, now - done.began});
      retire();
    }
    return served;
  }

  // Publishers that may go on; to be resumed when nobody is in the middle of serving.
  std::vector<publisher> take_waiting();

 private:
  // Messages that came while the same members were there and nobody was served: encoded one behind the other, sent as
  // one.
  struct batch {
    shared_buffer gathering;  // until the first member is served
    shared_frame frames;      // from then on
    std::uint64_t number = 0;
    std::uint64_t began = 0;
    std::size_t messages = 0;
    std::size_t served = 0;
    std::size_t payload = 0;  // bytes
    std::uint32_t next = 0;
    std::uint32_t end = 0;  // slots beyond it joined later
    bool is_sealed = false;
  };

  static constexpr std::size_t max_batch = std::size_t{64} * 1024;          // bytes
  static constexpr std::size_t max_backlog = std::size_t{4} * 1024 * 1024;  // bytes
  static constexpr std::uint32_t no_slot = 0xffff'ffff;

  batch& gathering(std::size_t size);  // to be extended by so much
  std::size_t serve(std::size_t budget);
  bool is_for(std::uint32_t slot, const batch& now);
  void retire() noexcept;

  // A slot holds a member, or the next free slot (marked by its lowest bit).
  static std::uintptr_t free_mark(std::uint32_t next) noexcept { return (std::uintptr_t{next} << 1) | 1; }
  static bool is_free(std::uintptr_t slot) noexcept { return (slot & 1) != 0; }

  hub& home_;
  std::string name_;
  std::deque<std::uintptr_t, slot_memory<std::uintptr_t>> slots_;  // grows without moving, and without a spare half
  std::uint32_t first_free_ = no_slot;
  std::size_t members_ = 0;
  std::uint8_t holds_ = 0;
  bool is_reported_ = false;
  std::deque<batch> batches_;
  std::uint64_t last_batch_ = 0;
  std::size_t last_size_ = 0;  // bytes of the last one that was served; the next may be as large
  // Who took a free slot while messages were on their way, and the last of these: they hear what comes after it.
  std::unordered_map<std::uint32_t, std::uint64_t> newcomers_;
  std::size_t backlog_ = 0;  // bytes in batches
  std::vector<publisher> waiting_;
};

}  // namespace peregrine
