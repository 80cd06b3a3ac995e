// Clients that speak TLS: as many as are asked for, one step of the handshake at a time.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class tls_clients {
 public:
  tls_clients();
  ~tls_clients();
  tls_clients(const tls_clients&) = delete;
  tls_clients& operator=(const tls_clients&) = delete;

  // Connects so many, each of which writes its ClientHello; awaits nothing.
  void knock(std::uint16_t port, std::size_t count, unsigned source);
  // Until the server has answered all of them; nothing is read.
  void await_answers() const;
  // Each reads the server's part, awaits what is not there yet, and writes the rest of its own.
  void finish();
  // Each writes a WebSocket's request, of which `expect_accepted` awaits the answer.
  void ask(std::uint16_t port, std::string_view path);
  void expect_accepted();
  // Forgets what it knows of the sessions; the connections stay until `leave`.
  void forget_sessions();
  // Throws when the server has answered since it was held: then another process is the server.
  void expect_silence() const;
  void leave();

 private:
  struct client {
    int socket;
    SSL* session;
  };
  std::string read(const client& from);

  SSL_CTX* context_;
  std::vector<client> knocking_;  // those since the last `forget_sessions`
  std::vector<int> sockets_;
  std::uint64_t serial_ = 0;
};

}  // namespace bench
