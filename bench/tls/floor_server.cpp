// The floor of TLS: the least that a server can do to shake hands with OpenSSL. An epoll loop, accept4, SSL_accept, and
// nothing more: what comes after the handshake is not read. Sessions are set up as small as OpenSSL lets them be.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "tls_floor_server: %s: %s\n", what, std::strerror(errno));
  ERR_print_errors_fp(stderr);
  std::exit(1);
}

int listen_at(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) fail("bind");
  if (listen(listener, 4096) < 0) fail("listen");
  return listener;
}

SSL_CTX* load(const char* file) {
  SSL_CTX* made = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(made, file) != 1) fail(file);
  if (SSL_CTX_use_PrivateKey_file(made, file, SSL_FILETYPE_PEM) != 1) fail(file);
  SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(made, 1);
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
  return made;
}

}  // namespace

int main(int count, char** arguments) {
  const int port = count == 3 ? std::atoi(arguments[1]) : 0;
  if (port <= 0 || port > 65'535) {
    std::fprintf(stderr,
                 "usage: tls_floor_server PORT FILE    the file holds a certificate and its key, in PEM form\n");
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  SSL_CTX* context = load(arguments[2]);
  const int listener = listen_at(static_cast<std::uint16_t>(port));
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = listener}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll_ctl");

  std::vector<SSL*> sessions;
  const auto drop = [&](int socket) {
    SSL_free(sessions[static_cast<std::size_t>(socket)]);
    close(socket);
  };
  std::array<epoll_event, 1024> events;
  while (true) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; ++i) {
      const epoll_event& each = events[static_cast<std::size_t>(i)];
      if (each.data.fd != listener) {
        const auto place = static_cast<std::size_t>(each.data.fd);
        if ((each.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
          drop(each.data.fd);
        } else if (!SSL_is_init_finished(sessions[place])) {
          const int done = SSL_accept(sessions[place]);
          if (done != 1 && SSL_get_error(sessions[place], done) != SSL_ERROR_WANT_READ) {
            ERR_clear_error();
            drop(each.data.fd);
          }
        }
        continue;
      }
      while (true) {
        const int socket = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) break;
        if (static_cast<std::size_t>(socket) >= sessions.size())
          sessions.resize(static_cast<std::size_t>(socket) + 1024);
        SSL* session = SSL_new(context);
        SSL_set_fd(session, socket);
        SSL_set_accept_state(session);
        sessions[static_cast<std::size_t>(socket)] = session;
        epoll_event added{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.fd = socket}};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &added) < 0) fail("epoll_ctl");
      }
    }
  }
}
