// How long to wait before the next try: doubled with each, up to a cap, and spread at random, so that a thousand
// clients that lost one server do not come back at once.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace peregrine::chat {

class backoff {
 public:
  using duration = std::chrono::milliseconds;

  static constexpr duration first{1'000};
  static constexpr duration cap{30'000};

  // `random` gives numbers from 0 up to, but not, 1.
  explicit backoff(std::function<double()> random);

  // From half of what it has come to up to all of it: never nothing, never more than the cap.
  duration next();

  // What was tried has succeeded: begin anew.
  void reset() noexcept { reached_ = first; }

 private:
  std::function<double()> random_;
  duration reached_ = first;
};

// The wait that the reason of a close frame asks for, as our server's at a restart: "come back in 2.5s"; nothing if it
// asks for none. A server that asks for more than an hour is not believed.
std::optional<backoff::duration> asked_wait(std::string_view reason);

// A source for it that differs from process to process.
std::function<double()> make_random();

}  // namespace peregrine::chat
