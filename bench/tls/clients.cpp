#include "clients.hpp"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../load/client.hpp"
#include "../load/socket.hpp"
#include <stdexcept>

namespace bench {
namespace {

constexpr int patience_ms = 60'000;

void await_readable(int socket) {
  pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
  if (poll(&waiting, 1, patience_ms) != 1) throw std::runtime_error("waited 60 s in vain for the server");
}

}  // namespace

// Whose certificate it is does not matter here: checking it is the client's work, and the server is measured.
tls_clients::tls_clients() : context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
}

tls_clients::~tls_clients() {
  leave();
  SSL_CTX_free(context_);
}

void tls_clients::knock(std::uint16_t port, std::size_t count, unsigned source) {
  for (std::size_t i = 0; i < count; ++i) {
    const int socket = open_connection(port, source);
    SSL* session = SSL_new(context_);
    SSL_set_fd(session, socket);
    SSL_set_connect_state(session);
    sockets_.push_back(socket);
    knocking_.push_back({socket, session});
    const int done = SSL_do_handshake(session);
    if (SSL_get_error(session, done) != SSL_ERROR_WANT_READ)
      throw std::runtime_error("a ClientHello could not be sent");
  }
}

void tls_clients::await_answers() const {
  for (const auto& each : knocking_) await_readable(each.socket);
}

void tls_clients::finish() {
  for (const auto& each : knocking_) {
    while (true) {
      const int done = SSL_do_handshake(each.session);
      if (done == 1) break;
      if (SSL_get_error(each.session, done) != SSL_ERROR_WANT_READ) throw std::runtime_error("a TLS handshake failed");
      await_readable(each.socket);
    }
  }
}

void tls_clients::ask(std::uint16_t port, std::string_view path) {
  for (const auto& each : knocking_) {
    const auto request = upgrade_request(head::bare, port, path, ++serial_);
    if (SSL_write(each.session, request.data(), static_cast<int>(request.size())) <= 0) {
      throw std::runtime_error("a request could not be sent");
    }
  }
}

std::string tls_clients::read(const client& from) {
  std::string text(4096, '\0');
  while (true) {
    const int size = SSL_read(from.session, text.data(), static_cast<int>(text.size()));
    if (size > 0) return text.substr(0, static_cast<std::size_t>(size));
    if (SSL_get_error(from.session, size) != SSL_ERROR_WANT_READ) throw std::runtime_error("a TLS session broke");
    await_readable(from.socket);
  }
}

void tls_clients::expect_accepted() {
  for (const auto& each : knocking_) {
    std::string head;
    while (head.find("\r\n\r\n") == head.npos) head += read(each);
    if (!head.starts_with("HTTP/1.1 101")) throw std::runtime_error("the server refused: " + head.substr(0, 80));
  }
}

void tls_clients::forget_sessions() {
  for (const auto& each : knocking_) SSL_free(each.session);
  knocking_.clear();
}

void tls_clients::expect_silence() const {
  usleep(5'000);  // for whoever is not held to betray itself
  char byte = 0;
  for (const auto& each : knocking_) {
    if (recv(each.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
      throw std::runtime_error("an answer came while --pid was held: that process isn't the server at --port");
    }
  }
}

void tls_clients::leave() {
  forget_sessions();
  for (const int each : sockets_) close(each);
  sockets_.clear();
}

}  // namespace bench
