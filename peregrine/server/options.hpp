// What a person may choose about the chat server. The defaults are what `peregrine serve` does without a flag.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace peregrine::server {

enum class messages {
  json,  // a text message has to be a JSON object
  any,   // any text, and binary
};

struct options {
  std::vector<std::string> bind{"https://localhost:8080"};  // where to listen, as URLs
  std::string certificate;  // PEM files for https; none: localhost's own, made where there is none
  std::string key;          // empty: it is in the certificate's file
  messages carried = messages::json;
  std::string operator_token_file;   // empty: nobody is an operator
  std::string admin = "auto";        // where to administrate, as a URL; auto: the usual place if it is free; or off
  std::string admin_token_file;      // empty: the administration is for this machine alone
  std::vector<std::string> origins;  // that browsers may come from, beside the server's own

  // Bytes.
  std::uint64_t max_message = std::uint64_t{64} * 1024;
  std::uint64_t outbox_limit = std::uint64_t{1024} * 1024;  // what one slow consumer may have waiting
  std::uint64_t max_head = std::uint64_t{16} * 1024;
  std::uint64_t stream_window = std::uint64_t{16} * 1024;  // what may come on an HTTP/2 stream before it is taken

  std::uint64_t streams = 128;  // on one HTTP/2 connection

  // Who may come in (connection/admission.hpp), of all workers together; 0: no limit. One address may be thousands of
  // people behind one provider's gateway, or all of them behind a proxy: so none is set unasked.
  std::uint64_t per_address = 0;   // connections, and WebSockets over HTTP/2
  std::uint64_t rate = 0;          // new ones in a second
  std::uint64_t memory_limit = 0;  // bytes, with the kernel's for the sockets

  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds ping_interval{25'000};
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds close_timeout{5'000};
  std::chrono::milliseconds drain{10'000};

  // Processes of one thread each; "auto": as many as `capacity` takes; empty: these, and one for each processor at
  // least.
  std::string workers;
  std::uint64_t capacity = 0;  // connections that there is to be room for; 0: one worker for each processor

  bool page = true;      // answer ordinary requests with the chat page
  bool deflate = false;  // accept permessage-deflate (RFC 7692)

  std::uint64_t ready_fd = 0;  // a descriptor on which to write the ports, a line each, once all listen; 0: none
};

}  // namespace peregrine::server
