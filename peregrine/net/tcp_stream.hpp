// A stream on a TCP socket.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/base/slab.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/net/stream.hpp"

#include <optional>

namespace peregrine {

class tcp_stream final : public stream, public slab_allocated<tcp_stream> {
 public:
  static constexpr const char* slab_name = "tcp stream";

  // On a connected, non-blocking socket, which it owns from here on. Nothing is received before `start`.
  explicit tcp_stream(int socket) noexcept : socket_(socket) {}

  // Begins to connect. What is written before the connection stands is not taken; failure to connect comes by `on_end`.
  // `source` is the local address to use, its port 0 to let the system choose. An error here is a limit of this
  // machine.
  static result<std::unique_ptr<tcp_stream, stream_closer>> connect(const address& to,
                                                                    const std::optional<address>& source);

  // From here on the owner is called.
  void start();

  // Bytes that passed through the sockets of this process that are counted, those of closed ones too.
  struct traffic {
    std::uint64_t received;
    std::uint64_t sent;
  };
  static const traffic& counted() noexcept { return counted_; }
  // From here on what passes is counted.
  void count_traffic() noexcept { is_counted_ = true; }

  // Who keeps books on sockets by their descriptors: hears of each that is about to be closed.
  class bookkeeper {
   public:
    virtual void on_close(int socket) noexcept = 0;

   protected:
    ~bookkeeper() = default;
  };
  // On this thread; null: nobody does.
  static void set_bookkeeper(bookkeeper* told) noexcept;

  std::size_t write(std::span<const bytes> pieces) noexcept override;
  void pause() noexcept override { is_paused_ = true; }
  void resume() override;
  void finish() noexcept override;
  void close() noexcept override;
  std::string peer() const override;
  int descriptor() const noexcept override { return socket_; }

 private:
  class first_bytes;

  ~tcp_stream() override = default;

  void on_ready(std::uint32_t events) override;
  void on_discarded() noexcept override { delete this; }
  void receive(bool until_end);
  void hand_on(mutable_bytes received);
  void watch_write();
  void end(int code);

  int socket_;
  std::uint16_t write_error_ = 0;  // an errno that `write` met and `on_end` will tell
  bool is_paused_ : 1 = false;
  bool has_unread_ : 1 = false;   // readiness came while paused
  bool has_ended_ : 1 = false;    // on_end was called, or nobody wants to hear it
  bool wants_write_ : 1 = false;  // the last write took fewer bytes than it was offered
  bool is_watched_ : 1 = false;
  bool watches_write_ : 1 = false;
  bool is_counted_ : 1 = false;
  bool has_received_ : 1 = false;  // anything, or tried to

  inline static traffic counted_{};
};

}  // namespace peregrine
