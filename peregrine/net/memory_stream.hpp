// Two streams in memory, each the other's peer: a connection for tests, with the faults that networks have.
#pragma once

#include "peregrine/net/stream.hpp"

#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace peregrine {

class memory_stream final : public stream {
 public:
  // Both live until both are closed.
  static std::pair<memory_stream*, memory_stream*> make_pair();

  // Faults, for what this end writes and its peer receives.
  struct faults {
    std::size_t piece = std::numeric_limits<std::size_t>::max();  // at most so many bytes in one on_bytes
    std::size_t capacity =
        std::numeric_limits<std::size_t>::max();  // unread bytes that the way holds; then writes stall
  };
  void set_faults(faults now) noexcept { faults_ = now; }
  // The transport breaks: both ends hear on_end(code), what is under way is lost.
  void break_off(int code) noexcept;

  std::size_t write(std::span<const bytes> pieces) noexcept override;
  void pause() noexcept override { is_paused_ = true; }
  void resume() override;
  void finish() noexcept override;
  void close() noexcept override;
  std::string peer() const override { return "memory"; }

 private:
  // Carries what was written to this end, one turn later.
  struct carrier final : event_target {
    explicit carrier(memory_stream& to) : receiver(to) {}
    void on_turn() override { receiver.deliver(); }
    memory_stream& receiver;
  };

  memory_stream() : carrier_(*this) {}
  ~memory_stream() override = default;

  void deliver();
  void wake() noexcept { reactor::current().in_next_turn(carrier_); }

  memory_stream* peer_ = nullptr;
  carrier carrier_;
  std::vector<std::byte> arriving_;
  faults faults_;
  int broken_ = 0;
  bool is_paused_ = false;
  bool wants_write_ = false;
  bool peer_finished_ = false;
  bool has_ended_ = false;
  bool is_closed_ = false;
};

}  // namespace peregrine
