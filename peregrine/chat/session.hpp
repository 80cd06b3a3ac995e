// A person's stay in a room, across connections that come and go.
//
//     dialling ──▶ in the room ──▶ ended: we left, or the server said farewell (1000, or no code)
//      ▲    │           │ any other end
//      │    │           ▼
//      │    ├───────▶ away, for a while
//      │    │           │
//      └────┼───────────┘
//           └──▶ ended: the very first dial failed, so that it is rather the URL that is wrong
//
// Away for as long as a server asks that restarts (1012) or has too much to do (1013), and else as `backoff` has it.
//
// What is said while away is kept and sent on return. What was sent when a connection broke may be lost: it is sent
// once, never twice.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/chat/backoff.hpp"
#include "peregrine/connection/dial.hpp"
#include "peregrine/runtime/scope.hpp"
#include "peregrine/runtime/task.hpp"

#include <coroutine>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace peregrine::chat {

class session {
 public:
  // What it needs of the world.
  struct surroundings {
    std::function<task<dialed>()> dial;
    std::function<void(const message&)> hear;  // each message of the room
    std::function<void()> want_more;           // `has_room` again, after it had none
    std::function<void()> tell_end;            // once: `outcome` is there
    backoff retry;
  };

  explicit session(surroundings world) : world_(std::move(world)) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // Dials. Must not be called, nor any of those below, from within a coroutine that this one waits for.
  void start();

  // A message to send: now, or on return. The bound is for whoever feeds it to keep.
  void say(std::string message);
  bool has_room() const noexcept { return kept_size_ < most_kept; }

  // Nothing more will be said: leaves when all that was said is sent.
  void end_of_speech();

  // Leaves now; the second time without waiting for the server's part of it.
  void leave();

  // Empty until it has ended. An error when it never came in, when it was refused for good, or when what was said may
  // not have arrived.
  const std::optional<result<>>& outcome() const noexcept { return outcome_; }

 private:
  static constexpr std::size_t most_kept = std::size_t{256} * 1024;  // bytes
  static constexpr backoff::duration steady{10'000};                 // a connection that lasted so long was a good one

  task<> stay();
  task<> speak(connection& peer);
  auto something_to_say() noexcept;
  void wake_speaker();
  void end(result<> how);
  result<> unless_unsent(std::string_view what) const;
  static std::string describe_loss(const connection& peer);

  surroundings world_;
  std::deque<std::string> kept_;
  std::size_t kept_size_ = 0;
  connection* peer_ = nullptr;  // while in the room
  std::coroutine_handle<> speaker_;
  bool was_in_ = false;
  bool has_said_all_ = false;
  bool is_leaving_ = false;
  std::optional<result<>> outcome_;
  scope work_;
};

}  // namespace peregrine::chat
