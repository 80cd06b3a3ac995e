// The line between the supervisor and a process of its: words, each a packet of its own, and open files beside them.
#pragma once

#include "peregrine/base/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace peregrine::worker {

class channel {
 public:
  static constexpr std::size_t most_files = 250;  // with one packet; the kernel's limit is 253 (SCM_MAX_FD)

  // Two ends, each for one process; both are closed at exec. The error is that the system gives no sockets.
  static result<std::pair<channel, channel>> make_pair();

  explicit channel(int socket) noexcept : socket_(socket) {}
  channel(channel&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  channel& operator=(channel&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~channel();

  int descriptor() const noexcept { return socket_; }

  // At most 4 KiB and `most_files`, which the other end gets copies of. False when it is more, or the other end is
  // gone, or has read nothing for so long that the way is full.
  bool send(std::string_view said, std::span<const int> files = {}) const noexcept;

  enum class state { said, nothing_yet, ended };
  struct received {
    state what;
    std::string said;
    std::vector<int> files;  // the receiver's own from here on; closed at exec
  };
  received receive(bool may_wait = false) const;

 private:
  int socket_;
};

}  // namespace peregrine::worker
