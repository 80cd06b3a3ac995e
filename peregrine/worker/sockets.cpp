#include "peregrine/worker/sockets.hpp"

#include "peregrine/net/listener.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace peregrine::worker {

result<listening_sockets> listening_sockets::open(const std::vector<address>& addresses, std::uint64_t workers) {
  listening_sockets opened;
  opened.sockets_.resize(workers);
  for (address where : addresses) {
    if (const int given = listener::take_handed_over(where); given >= 0) {
      // One that a service manager has opened: all workers accept from it.
      for (auto& of_one : opened.sockets_) of_one.push_back(::fcntl(given, F_DUPFD_CLOEXEC, 0));
      opened.addresses_.push_back(address::of_local(given));
      ::close(given);
      continue;
    }
    // What shares a port shares it with any program of this user. So first one that does not share: it fails where
    // somebody listens.
    if (where.port() != 0) {
      const auto alone = listener::open_socket(where, listener::sharing::alone);
      if (!alone) return alone.error();
      ::close(*alone);
    }
    for (auto& of_one : opened.sockets_) {
      const auto socket = listener::open_socket(where, listener::sharing::shared);
      if (!socket) return socket.error();
      of_one.push_back(*socket);
      where = address::of_local(*socket);  // the first has chosen the port for all
    }
    opened.addresses_.push_back(where);
  }
  return opened;
}

listening_sockets::~listening_sockets() {
  for (const auto& of_one : sockets_) {
    for (const int each : of_one) ::close(each);
  }
}

}  // namespace peregrine::worker
