// The server's door: listens, does the opening handshake, and starts a handler for each connection.
#pragma once

#include "peregrine/connection/connection.hpp"
#include "peregrine/http/http1.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/net/listener.hpp"
#include "peregrine/websocket/handshake.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine {

struct accept_options {
  connection_options connection;
  websocket::handshake_options handshake;               // origins, subprotocols, deflate
  std::uint32_t max_head = 16 * 1024;                   // bytes of a request's head; beyond it 431
  std::chrono::milliseconds handshake_timeout{10'000};  // for the whole head; then 408
};

class acceptor final : public endpoint {
 public:
  // What is done with a connection: straight code on receive and send. The connection closes when it ends.
  using handler = std::function<task<>(connection&)>;

  acceptor(accept_options accepting, handler serve);
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  // No connection may be left: close them and let the reactor turn until `is_idle()`.
  ~acceptor();

  // Returns the address with the port in use.
  result<address> listen(const address& at);
  void stop_listening() noexcept { listeners_.clear(); }

  // A stream from elsewhere. The owner is to be called for its bytes from the next turn on.
  void accept(stream_ptr carried);

  // Begins to close every connection, and drops those that have not finished their handshake.
  void close_all(websocket::close_code code, std::string_view why);
  void abort_all();
  bool is_idle() const noexcept { return counts.live == 0 && handshakes_ == 0; }

  const std::map<int, std::uint64_t>& refused() const noexcept { return refused_; }  // by HTTP status

 private:
  class incoming;

  void on_socket(int socket);
  void for_each_connection(const std::function<void(connection&)>& visit);

  accept_options accept_options_;
  handler serve_;
  std::vector<std::unique_ptr<listener>> listeners_;
  std::uint64_t handshakes_ = 0;
  std::unique_ptr<http::head_parser> spare_parser_;
  std::map<int, std::uint64_t> refused_;
};

}  // namespace peregrine
