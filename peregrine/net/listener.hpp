// A listening TCP socket.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace peregrine {

class listener;

struct listener_closer {
  void operator()(listener* closed) const noexcept;
};

// Owns a listener: closes it. It destroys itself at the end of the turn, for it may be ready in the same.
using listener_ptr = std::unique_ptr<listener, listener_closer>;

class listener final : private watched, private event_target {
 public:
  // Called with each accepted socket (non-blocking, close-on-exec, TCP_NODELAY), which is its own from then on.
  using acceptor = std::function<void(int socket)>;

  // Called when a limit of this machine stops accepting, once for each time that it does: what was hit and how to raise
  // it. Connections then wait in the kernel's queue; accepting goes on by itself when it can.
  using limit_reporter = std::function<void(const std::string& explanation)>;

  // Binds and listens, or takes the socket that was handed over for the address. Fails with a sentence that says which
  // address and why.
  static result<listener_ptr> open(const address& at, acceptor accept, limit_reporter report);

  // Only the socket, for a process that hands it to others. Sockets that are `shared` may be many at one address and
  // port: the system spreads what connects over them (SO_REUSEPORT).
  enum class sharing : bool { alone, shared };
  static result<int> open_socket(const address& at, sharing how);

  // Sockets that listen already, from the process that started this one: they become such as `open_socket` makes.
  // `open` takes the first of them that is bound where it is to listen, port 0 being any, as `take_handed_over` does by
  // itself
  // (-1: there is none); `close_handed_over` closes what nobody took, and says where that was.
  static void hand_over(std::vector<int> sockets);
  static int take_handed_over(const address& at) noexcept;
  static std::vector<address> close_handed_over();

  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  // It accepts nobody from here on.
  void close() noexcept;

  // The address with the port that the system chose where 0 was asked for.
  address local() const noexcept { return address::of_local(socket_); }

 private:
  listener(int socket, acceptor accept, limit_reporter report);
  ~listener() override = default;

  void on_ready(std::uint32_t events) override;
  void on_discarded() noexcept override { delete this; }
  void on_timeout() override;
  void hand_on(std::span<const int> accepted);
  void wait_for_room(int code);
  result<> watch();

  int socket_;
  bool is_at_limit_ = false;
  acceptor accept_;
  limit_reporter report_;
};

}  // namespace peregrine
