// What a service manager such as systemd and this program tell each other: sockets that are open already
// (sd_listen_fds(3)), readiness, the end, and signs of life (sd_notify(3)). Without one, nothing happens.
#pragma once

#include "peregrine/runtime/reactor.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace peregrine::worker {

class service_manager final : private event_target {
 public:
  // Takes what concerns this process out of the environment: its children are nothing to the manager.
  static service_manager from_environment();

  service_manager(service_manager&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), watchdog_(other.watchdog_), sockets_(std::move(other.sockets_)) {}
  service_manager& operator=(service_manager&&) = delete;
  ~service_manager() override;

  // Listening sockets that it has opened for us. Taken once.
  std::vector<int> take_sockets() noexcept { return std::exchange(sockets_, {}); }

  // Lines of sd_notify(3): "READY=1", "STATUS=12 workers".
  void tell(std::string_view lines) const noexcept;

  // Gives signs of life on the current reactor, if any are awaited.
  void live();

 private:
  service_manager() = default;
  void on_timeout() override;

  int socket_ = -1;
  std::chrono::milliseconds watchdog_{0};  // between two signs of life, at most
  std::vector<int> sockets_;
};

}  // namespace peregrine::worker
