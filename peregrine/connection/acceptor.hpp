// The server's door: listens, does the opening handshake, and starts a handler for each connection. One port speaks
// HTTP/1.1 and HTTP/2: the first bytes decide.
#pragma once

#include "peregrine/base/duration_counts.hpp"
#include "peregrine/connection/admission.hpp"
#include "peregrine/connection/connection.hpp"
#include "peregrine/http/http1.hpp"
#include "peregrine/http/ordinary.hpp"
#include "peregrine/http2/carrier.hpp"
#include "peregrine/net/address.hpp"
#include "peregrine/net/listener.hpp"
#include "peregrine/tls/context.hpp"
#include "peregrine/websocket/handshake.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace peregrine {

// What is spoken here, as ALPN names it (RFC 7301), the best first.
inline constexpr std::array<std::string_view, 2> accepted_protocols{"h2", "http/1.1"};

struct accept_options {
  admission* admits = nullptr;  // who says whether there is room for one more, and outlives the acceptor; null: nobody
  connection_options connection;
  websocket::handshake_options handshake;               // origins, subprotocols, deflate
  std::uint32_t max_head = 16 * 1024;                   // bytes of a request's head; beyond it 431
  std::chrono::milliseconds handshake_timeout{10'000};  // for the whole head; then 408
  std::uint32_t max_streams = 128;                      // on one HTTP/2 connection; beyond it REFUSED_STREAM
  std::uint32_t stream_window = 16 * 1024;              // bytes that may come on an HTTP/2 stream before they are taken
  // What requests get that ask for no WebSocket. Their content is heard if there may be any: with a Content-Length (or
  // 411), and of so many bytes (or 413).
  http::ordinary_handler ordinary =
      http::serve_page("<!doctype html><title>Peregrine</title><p>WebSockets are served here.");
  std::uint32_t max_content = 0;
  // Called for each opening handshake that is well-formed, where there is one: with an answer it is refused. The
  // request is valid for the call.
  std::function<std::optional<http::answer>(const http::request&)> refuse_opening;
  bool counts_traffic = true;  // its sockets are among those whose bytes tcp_stream::counted() has
};

class acceptor final : public endpoint, private http2::carrier::host {
 public:
  // What is done with a connection: straight code on receive and send. The connection closes when it ends.
  using handler = std::function<task<>(connection&)>;

  acceptor(accept_options accepting, handler serve);
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  // No connection may be left: close them and let the reactor turn until `is_idle()`.
  ~acceptor();

  // Returns the address with the port in use. `secured` makes it TLS, and outlives this.
  result<address> listen(const address& at, tls::server_context* secured = nullptr);
  void stop_listening() noexcept { listeners_.clear(); }

  // A stream from elsewhere. The owner is to be called for its bytes from the next turn on.
  void accept(stream_ptr carried);

  // Begins to close every connection, and drops those that have not finished their handshake.
  void close_all(websocket::close_code code, std::string_view why);
  void abort_all();

  // For leaving slowly. Nobody new comes in: no listener is left, HTTP/2 peers are asked to open no more, and
  // handshakes under way are finished.
  void stop_admitting();
  // Begins to close up to `most` connections, each with a reason of its own, and says how many. It goes on where it
  // stopped, and passes over so few that are closing already that nobody waits for it: whoever is left is found by a
  // later call.
  std::size_t close_some(std::size_t most, websocket::close_code code, const std::function<std::string()>& why);

  // Visits a part of the connections, some hundred, and says which part is next: 0 at first, and when there is no more.
  // Who comes or goes meanwhile is visited or not.
  std::size_t visit_part(std::size_t part, const std::function<void(connection&)>& visit);

  bool is_idle() const noexcept { return counts.live == 0 && handshakes_ == 0 && carriers_.empty(); }

  const std::map<int, std::uint64_t>& refused() const noexcept { return refused_; }  // handshakes, by HTTP status
  std::size_t http2_connections() const noexcept { return carriers_.size(); }
  std::uint64_t http2_opened() const noexcept { return http2_opened_; }
  std::uint64_t http2_resets() const noexcept { return http2_resets_; }  // streams ended by one, of either side
  std::size_t sockets() const noexcept;                                  // that are open here, beside listeners
  // From the turn that accepted the socket to the one that answers; of an HTTP/2 connection to its first frame.
  const duration_counts& handshakes() const noexcept { return handshakes_took_; }

 private:
  class incoming;
  class visitor;

  void on_socket(int socket, const tls::server_context* secured);
  void turn_away(int socket, obstacle met, bool is_secure);
  void count(obstacle met);

  void on_ordinary(stream_ptr carried, const http::request& asked, bytes rest);
  void on_ordinary(http2::carrier& from, http2::stream_id id, const http::request& asked);
  void end_visits();

  void carry(stream_ptr carried, std::span<mutable_bytes> received);
  void on_request(http2::carrier& from, http2::stream_id id, const http2::request_head& asked) override;
  void open(http2::carrier& from, http2::stream_id id, const http::request& request, const websocket::accepted& agreed);
  void on_room(http2::carrier& by) override;
  void on_over(http2::carrier& gone, int code, const std::string& why) override;
  void on_reset(http2::carrier&) override { ++http2_resets_; }

  void for_each_connection(const std::function<void(connection&)>& visit);

  accept_options accept_options_;
  http2::carrier_options carrier_options_;
  handler serve_;
  std::unordered_set<http2::carrier*> carriers_;
  std::vector<listener_ptr> listeners_;
  std::uint64_t handshakes_ = 0;
  std::size_t next_to_close_ = 0;    // a part of the connections
  std::size_t lingering_ = 0;        // of these, who was turned away and is to hear it
  std::uint64_t obstacle_told_ = 0;  // ms of the loop's clock
  std::uint64_t http2_opened_ = 0;
  std::uint64_t http2_resets_ = 0;
  duration_counts handshakes_took_;
  std::unique_ptr<http::head_parser> spare_parser_;
  std::map<int, std::uint64_t> refused_;
};

}  // namespace peregrine
