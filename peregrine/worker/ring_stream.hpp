// A stream between two processes of one machine, in memory that they share: a ring of bytes in each direction, and a
// socket that wakes who sleeps and tells when the other end is gone. A byte is copied in and read where it lies; the
// kernel is called when a reader has nothing to do, or a writer no room, and not for what passes.
//
// Each ring has one writer and one reader, and neither waits for a lock: whoever is killed or stopped in the middle
// leaves the other with whole bytes, in order, up to where it came.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/net/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace peregrine::worker {

class ring_stream final : public stream, private event_target {
 public:
  static constexpr std::size_t capacity = std::size_t{512} * 1024;  // bytes on their way, in each direction

  // What one end is made of, open files both: its socket, and the memory, which both ends have.
  struct files {
    int socket = -1;
    int memory = -1;
  };
  enum class side : bool { left, right };

  // For the two processes. `memory` is the same file in both; the caller closes three.
  static result<std::pair<files, files>> make_pair();

  // The end of this process, which owns the files from here on, and closes them if it fails. Bytes that were written
  // before wait for `start`.
  static result<ring_stream*> open(files ours, side which);

  // From here on the owner is called.
  void start();

  std::size_t write(std::span<const bytes> pieces) noexcept override;
  void pause() noexcept override { is_paused_ = true; }
  void resume() override;
  void finish() noexcept override;
  void close() noexcept override;
  std::string peer() const override { return "another process"; }

 private:
  struct ring;
  struct shared;

  ring_stream(int socket, shared& memory, side which) noexcept;
  ~ring_stream() override;

  void on_ready(std::uint32_t events) override;
  void on_turn() override;
  void on_discarded() noexcept override;
  void receive();
  mutable_bytes room() noexcept;
  bool await_room() noexcept;
  void publish() noexcept;
  void ring_bell() noexcept;
  void end(int code);
  bool is_over() const noexcept { return socket_ < 0 || has_ended_; }

  int socket_;
  shared* memory_;
  ring& in_;
  ring& out_;
  std::uint64_t read_ = 0;     // bytes so far, of what came in
  std::uint64_t written_ = 0;  // and of what went out
  bool is_paused_ = false;
  bool wants_write_ = false;  // the last write took fewer bytes than it was offered
  bool is_alone_ = false;     // the other end is gone; what it wrote is still to be read
  bool has_ended_ = false;
  bool is_discarded_ = false;
};

}  // namespace peregrine::worker
