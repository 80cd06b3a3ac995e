// Opens many WebSockets at one place, over HTTP/1.1 or HTTP/2, as the server speaks it. Over HTTP/2 a connection is
// filled up to the peer's limit of streams, then the next one is opened.
#pragma once

#include "peregrine/connection/dial.hpp"
#include "peregrine/http2/carrier.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

namespace peregrine {

enum class http_version : std::uint8_t {
  automatic,  // over TLS what the server prefers (ALPN), if it takes WebSockets there; HTTP/1.1 in the clear
  http1,      // an Upgrade (RFC 6455), each on a connection of its own
  http2,      // extended CONNECT (RFC 8441); in the clear with prior knowledge
};

struct dialer_options {
  dial_options dial;             // but its `source`
  std::vector<address> sources;  // to connect from, in turn; none: the system chooses
  http_version version = http_version::automatic;
  std::uint32_t streams = 128;  // on one HTTP/2 connection; fewer if the server allows fewer
};

class dialer final : private http2::carrier::host {
 public:
  // `home` outlives the dialer. What `chosen.dial.ask` views must live as long as the dialer.
  dialer(dialer_options chosen, endpoint& home);
  dialer(const dialer&) = delete;
  dialer& operator=(const dialer&) = delete;
  // No dial may be under way. The connections over HTTP/2 that are left end with it.
  ~dialer();

  task<dialed> dial();

  // What is spoken: `automatic` until the server has told.
  http_version version() const noexcept { return version_; }
  // TCP connections over which WebSockets were asked for by HTTP/2.
  std::uint64_t carriers_opened() const noexcept { return carriers_opened_; }

 private:
  class waiter;
  class greeting;
  class request;

  void on_request(http2::carrier&, http2::stream_id, const http2::request_head&) override {}
  void on_room(http2::carrier& by) override;
  void on_over(http2::carrier& gone, int code, const std::string& why) override;

  http2::carrier* with_room() noexcept;
  waiter* take_waiting() noexcept;
  void distribute();
  void open_carriers();
  void open_carrier();
  void carry(stream_ptr carried);
  void settle_for_http1(stream_ptr greeted);
  void fail_waiting(std::size_t most, const dial_failure& why);
  const dial_options& next_options() noexcept;

  dialer_options chosen_;
  std::vector<dial_options> by_source_;
  endpoint& home_;
  http2::carrier_options carrier_options_;
  http_version version_;
  std::string extensions_;  // of the request, made once
  std::string subprotocols_;
  std::vector<field> head_;

  std::unordered_set<http2::carrier*> carriers_;
  std::unordered_set<http2::carrier*> connecting_;  // of these, those that are not ready
  std::unordered_set<http2::carrier*> with_room_;   // of these, those that have room, or had
  std::unordered_set<greeting*> greetings_;         // what is not yet known to be one
  std::deque<waiter*> waiting_;
  std::uint64_t carriers_opened_ = 0;
  std::size_t next_source_ = 0;
};

}  // namespace peregrine
