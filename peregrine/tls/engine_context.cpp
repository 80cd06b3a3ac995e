// What the sessions of a server share, and what those of a client do, in OpenSSL's terms.
#include "peregrine/tls/engine.hpp"
#include "peregrine/tls/engine_extras.hpp"
#include "peregrine/tls/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <cassert>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <span>
#include <string>

namespace peregrine::tls {
namespace {

// The place in a context for the protocols that it speaks, which live as long as it does.
int place_of_protocols() {
  static const int place = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<std::string*>(kept); });
  return place;
}

struct session_freer {
  void operator()(SSL_SESSION* freed) const noexcept { SSL_SESSION_free(freed); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, session_freer>;

// Of each host the latest session that a client may go on from (RFC 8446 §2.2): who comes back shows no certificate
// again.
using sessions_by_host = std::map<std::string, session_ptr>;

int place_of_sessions() {
  static const int place = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<sessions_by_host*>(kept); });
  return place;
}

// And in a session for where its successor is to be kept.
int place_of_keeping() {
  static const int place = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return place;
}

int keep_session(SSL* session, SSL_SESSION* begun) {
  static_cast<session_ptr*>(SSL_get_ex_data(session, place_of_keeping()))->reset(begun);
  return 1;  // it is ours
}

// RFC 7301 §3.2: ours are in order of preference, and where none is in common the handshake ends.
int choose_protocol(SSL* session, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  const auto* ours = static_cast<std::string*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), place_of_protocols()));
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, size, as_unsigned(*ours), static_cast<unsigned>(ours->size()),
                                            offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

ssl_ctx_st* make_context(const SSL_METHOD* role) {
  auto* made = SSL_CTX_new(role);
  if (made == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
  // Of TLS 1.2, what TLS 1.3 has left of it: forward secrecy, and ciphers that authenticate.
  SSL_CTX_set_cipher_list(made, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);  // a server's sessions are in its tickets alone
  return made;
}

// Where a context has the keys of its tickets.
int place_of_tickets() {
  static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return place;
}

// Seals a ticket, or opens one (RFC 5077 §4). Without a key for it the handshake is a full one.
int use_ticket_key(SSL* session, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                   int is_new) {
  constexpr int failed = -1;
  constexpr int unknown = 0;
  constexpr int good = 1;
  constexpr int good_and_to_renew = 2;
  const auto& keys =
      *static_cast<const ticket_keys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), place_of_tickets()));
  const auto chosen = is_new != 0 ? keys.current() : keys.find({name, ticket_keys::name_size});
  if (!chosen) return unknown;
  if (is_new != 0) {
    std::memcpy(name, chosen->name.data(), chosen->name.size());
    if (RAND_bytes(vector, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return failed;
  }
  auto secret = chosen->mac;
  char digest[] = "SHA256";
  const OSSL_PARAM of_mac[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
                               OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  if (EVP_MAC_CTX_set_params(mac, of_mac) != 1) return failed;
  if (EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, chosen->cipher.data(), vector, is_new) != 1) return failed;
  // A ticket of TLS 1.3 is used once, so that nobody tells by it who comes back (RFC 8446 §C.4).
  return is_new != 0 || (chosen->is_current && SSL_version(session) < TLS1_3_VERSION) ? good : good_and_to_renew;
}

}  // namespace

std::string wire_form(protocol_list protocols) {
  std::string made;
  for (const auto each : protocols) {
    assert(!each.empty() && each.size() < 256);
    made += static_cast<char>(each.size());
    made += each;
  }
  return made;
}

const unsigned char* as_unsigned(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned long take_error() {
  unsigned long told = 0;
  while (const auto next = ERR_get_error()) {
    if (told == 0 || (ERR_GET_LIB(told) != ERR_LIB_SSL && ERR_GET_LIB(next) == ERR_LIB_SSL)) told = next;
  }
  return told;
}

std::string in_openssl_words(unsigned long error) {
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "no reason given";
}

engine_context::engine_context(ssl_ctx_st* made) noexcept : shared_(made, SSL_CTX_free) {}

result<engine_context> engine_context::for_server(const certificate& shown, protocol_list protocols) {
  engine_context made(make_context(TLS_server_method()));
  auto* context = made.shared_.get();
  // A WebSocket's client comes back for one connection and not, as a browser's page does, for six.
  SSL_CTX_set_num_tickets(context, 1);
  if (!protocols.empty()) {
    SSL_CTX_set_ex_data(context, place_of_protocols(), new std::string(wire_form(protocols)));
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  }
  ERR_clear_error();
  auto* chain = sk_X509_new_null();
  for (const auto& each : shown.chain) sk_X509_push(chain, each.get());
  const bool is_taken = SSL_CTX_use_cert_and_key(context, shown.leaf.get(), shown.key.get(), chain, 1) == 1;
  sk_X509_free(chain);
  if (is_taken) return made;
  return failure{"OpenSSL refuses the certificate: " + in_openssl_words(take_error()) +
                 "; expected a key of P-256, or of RSA with 2,048 bits or more, and signatures of SHA-256 or better"};
}

engine_context engine_context::for_client(protocol_list protocols) {
  engine_context made(make_context(TLS_client_method()));
  const auto offered = wire_form(protocols);
  auto* context = made.shared_.get();
  SSL_CTX_set_alpn_protos(context, as_unsigned(offered), static_cast<unsigned>(offered.size()));
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_ex_data(context, place_of_sessions(), new sessions_by_host);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  return made;
}

void engine_context::seal_tickets_with(const ticket_keys& keys) noexcept {
  SSL_CTX_set_ex_data(shared_.get(), place_of_tickets(), const_cast<ticket_keys*>(&keys));
  SSL_CTX_set_tlsext_ticket_key_evp_cb(shared_.get(), use_ticket_key);
}

void go_on_from_last(ssl_st* session, ssl_ctx_st* context, const std::string& host) {
  auto& kept = (*static_cast<sessions_by_host*>(SSL_CTX_get_ex_data(context, place_of_sessions())))[host];
  if (kept) SSL_set_session(session, kept.get());
  SSL_set_ex_data(session, place_of_keeping(), &kept);
}

}  // namespace peregrine::tls
