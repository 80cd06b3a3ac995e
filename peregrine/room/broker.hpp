// Who carries what is said in a room to those of its members that are not in this process.
//
// What every broker promises, and no more:
//
//  - At most once. A member hears a message once. Where something on the way falls, or a worker stands still or is so
//    slow that more waits for it than is kept, it does not hear it; it never hears one twice.
//  - One order for each room. Two members who both hear two messages of a room hear them in the same order, wherever
//    they are. Between two rooms nothing is promised.
//  - Interest is per worker and room. A worker without a member in a room is told nothing of what is said there.
//  - A worker hears of a room what the broker takes after it has taken the worker's interest. Interest is told before
//    the first member is answered, so what is said by somebody who knows that the member is in will reach it; what is
//    said at the same instant may not.
//
// All of it on the reactor's thread; nothing waits.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/connection/message.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace peregrine {

class broker {
 public:
  // The rooms of this process, as the broker sees them. Views are valid for the call.
  class audience {
   public:
    // A message for the room's members here, encoded as a server's frame.
    virtual void on_message(std::string_view room, bytes frame) = 0;

    // Whether members elsewhere have not been served with too much of this room: then whoever publishes in it waits.
    virtual void on_congestion(std::string_view room, bool is_congested) = 0;

    // There is room again for what `publish` answered with `slowly`.
    virtual void on_drained() = 0;

    // The broker has lost touch with what was told by `on_congestion`: nothing of it holds any more.
    virtual void on_lost_touch() = 0;

    // Every room with a member here, and whether it was last reported as congested.
    virtual void for_each_interest(
        const std::function<void(std::string_view room, bool is_congested)>& visit) const = 0;

   protected:
    ~audience() = default;
  };

  enum class carried : std::uint8_t {
    nowhere,  // all members are here: the room takes it itself, at once
    away,     // it comes back by `on_message`, in its place in the room's order
    slowly,   // likewise, and whoever publishes waits for `on_drained`
  };

  virtual ~broker() = default;

  // Once, before anything else. `hears` outlives what the broker has to tell.
  virtual void attach(audience& hears) = 0;

  virtual carried publish(std::string_view room, const message& said) = 0;

  // The first member in this process has come, the last one has left.
  virtual void subscribe(std::string_view room) = 0;
  virtual void unsubscribe(std::string_view room) = 0;

  // The members here have not been served with too much of this room, or have been by now.
  virtual void report_congestion(std::string_view room, bool is_congested) = 0;
};

// All rooms are in this process.
class local_broker final : public broker {
 public:
  void attach(audience&) override {}
  carried publish(std::string_view, const message&) override { return carried::nowhere; }
  void subscribe(std::string_view) override {}
  void unsubscribe(std::string_view) override {}
  void report_congestion(std::string_view, bool) override {}
};

}  // namespace peregrine
