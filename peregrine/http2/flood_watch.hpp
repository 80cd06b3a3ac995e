// Makes a peer pay for frames that cost work and carry nothing. It sees the head of each, ahead of the engine, which
// tells nothing of the frames that it ignores.
#pragma once

#include "peregrine/http2/allowance.hpp"
#include "peregrine/http2/frame_cutter.hpp"
#include "peregrine/http2/request_head.hpp"
#include "peregrine/http2/side.hpp"

#include <cstdint>
#include <optional>

namespace peregrine::http2 {

class flood_watch {
 public:
  explicit flood_watch(side ours) noexcept : side_(ours) {}

  // What comes from here on comes at `now`, in milliseconds.
  void at(std::uint64_t now) noexcept { now_ = now; }

  // What a frame of the peer's counts as, if anything. Each is to be asked for once.
  std::optional<expense> cost_of(const frame_head& head) noexcept;

  // False: it was too much.
  bool spend(expense kind) noexcept { return purses_.spend(kind, now_); }

  // What we do allows the peer something in return.
  void on_data_sent() noexcept { purses_.earn(expense::window_update, 2); }  // the stream's and the connection's
  void on_asked() noexcept;                                                  // a client's: one more stream

 private:
  allowance purses_;
  std::uint64_t now_ = 0;
  stream_id newest_ = 0;  // of those that the peer opened
  side side_;
};

}  // namespace peregrine::http2
