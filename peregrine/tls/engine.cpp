#include "peregrine/tls/engine.hpp"

#include "peregrine/base/tls_code.hpp"
#include "peregrine/tls/engine_extras.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <vector>

namespace peregrine::tls {
namespace {

constexpr std::size_t most_at_once = 4 * engine::largest_record;

// Where the sessions of this thread read and write while one of them is being called.
struct workbench {
  bytes input;
  std::vector<std::byte> output;
  std::array<std::byte, engine::largest_record> gathered;
};

workbench& bench() {
  thread_local const auto here = std::make_unique<workbench>();
  return *here;
}

// ---- what OpenSSL takes for its network ----

int read_input(BIO* window, char* to, int size) {
  BIO_clear_retry_flags(window);
  auto& input = bench().input;
  const auto count = std::min(input.size(), static_cast<std::size_t>(size));
  if (count == 0) {
    BIO_set_retry_read(window);
    return -1;
  }
  std::copy_n(input.data(), count, reinterpret_cast<std::byte*>(to));
  input = input.subspan(count);
  return static_cast<int>(count);
}

int write_output(BIO*, const char* from, int size) {
  auto& output = bench().output;
  const auto* begin = reinterpret_cast<const std::byte*>(from);
  output.insert(output.end(), begin, begin + size);
  return size;
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* make_window() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "workbench");
    BIO_meth_set_read(made, read_input);
    BIO_meth_set_write(made, write_output);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  auto* made = BIO_new(method);
  if (made == nullptr) throw std::bad_alloc();
  BIO_set_init(made, 1);
  return made;
}

// One for all sessions of the thread: it has nothing of its own, and OpenSSL asks it only within a call.
BIO* window() {
  struct freer {
    void operator()(BIO* freed) const noexcept { BIO_free(freed); }
  };
  thread_local const std::unique_ptr<BIO, freer> here(make_window());
  return here.get();
}

int code_of_verification(long outcome) {
  switch (outcome) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return tls_code::certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return tls_code::certificate_not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return tls_code::certificate_mismatch;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // by somebody who has the name of one whom we trust
      return tls_code::certificate_untrusted;
    default:
      return tls_code::certificate_invalid;
  }
}

int code_of(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return tls_code::broken;
  const int reason = ERR_GET_REASON(error);
  if (reason >= SSL_AD_REASON_OFFSET) return tls_code::alert + std::min(reason - SSL_AD_REASON_OFFSET, 255);
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
      return tls_code::not_tls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
      return tls_code::no_common_version;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      return tls_code::no_common_cipher;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return tls_code::no_common_protocol;
    default:
      return tls_code::broken;
  }
}

void check_name(SSL* session, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  const bool is_address =
      inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 || inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
  auto* wanted = SSL_get0_param(session);
  if (is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size());
  SSL_set_tlsext_host_name(session, host.c_str());  // names alone, never numbers (RFC 6066 §3)
}

ssl_st* make_session(ssl_ctx_st* shared) {
  auto* made = SSL_new(shared);
  if (made == nullptr) throw std::bad_alloc();
  BIO_up_ref(window());
  SSL_set_bio(made, window(), window());
  return made;
}

}  // namespace

void engine::deleter::operator()(ssl_st* freed) const noexcept {
  SSL_free(freed);
}

engine::engine(const engine_context& shared) : session_(make_session(shared.shared_.get())) {
  SSL_set_accept_state(session_.get());
}

engine::engine(const engine_context& shared, const std::string& host, const trust* believed, protocol_list offered)
    : session_(make_session(shared.shared_.get())) {
  auto* session = session_.get();
  SSL_set_connect_state(session);
  check_name(session, host);
  SSL_set_verify(session, believed ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (believed) SSL_set1_verify_cert_store(session, believed->store());
  go_on_from_last(session, shared.shared_.get(), host);
  if (offered.empty()) return;
  const auto names = wire_form(offered);
  SSL_set_alpn_protos(session, as_unsigned(names), static_cast<unsigned>(names.size()));
}

engine::outcome engine::told(state now) const {
  outcome made;
  made.now = now;
  made.output = bench().output;
  return made;
}

// What a call that did not succeed means: mostly that it needs more.
engine::outcome engine::failed(int from) const {
  const int what = SSL_get_error(session_.get(), from);
  if (what == SSL_ERROR_WANT_READ)
    return told(SSL_is_init_finished(session_.get()) ? state::open : state::shaking_hands);
  if (what == SSL_ERROR_ZERO_RETURN) return told(state::ended);
  auto made = told(state::failed);
  const auto error = take_error();
  made.code = code_of(error);
  made.why = in_openssl_words(error);
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    const auto found = SSL_get_verify_result(session_.get());
    made.code = code_of_verification(found);
    made.why += std::string(", ") + X509_verify_cert_error_string(found);
  }
  return made;
}

engine::outcome engine::begin() {
  bytes nothing;
  return feed(nothing, {});
}

engine::outcome engine::feed(bytes& input, mutable_bytes room) {
  auto* session = session_.get();
  bench().input = input;
  bench().output.clear();
  ERR_clear_error();
  outcome made;
  std::size_t plaintext = 0;
  if (!SSL_is_init_finished(session)) {
    const int done = SSL_do_handshake(session);
    made = done == 1 ? told(state::open) : failed(done);
  } else {
    int more = 1;
    while (more == 1 && room.size() - plaintext >= largest_record) {
      std::size_t count = 0;
      more = SSL_read_ex(session, room.data() + plaintext, room.size() - plaintext, &count);
      plaintext += count;
    }
    made = more == 1 ? told(state::open) : failed(more);
  }
  made.plaintext = plaintext;
  input = bench().input;
  return made;
}

engine::outcome engine::seal(std::span<const bytes> pieces, std::size_t begin) {
  auto* session = session_.get();
  auto& [input, output, gathered] = bench();
  input = {};
  output.clear();
  ERR_clear_error();
  std::size_t taken = 0;
  std::size_t held = 0;  // bytes in `gathered`
  int sealed = 1;
  const auto put = [&](bytes record) {
    std::size_t count = 0;
    sealed = SSL_write_ex(session, record.data(), record.size(), &count);
    taken += count;
  };
  for (const auto& piece : pieces) {
    auto rest = piece.subspan(std::min(begin, piece.size()));
    begin -= piece.size() - rest.size();
    while (sealed == 1 && !rest.empty() && taken + held < most_at_once) {
      // Whole records of one piece are sealed where they stand.
      const auto whole = std::min(rest.size(), most_at_once - taken) / largest_record * largest_record;
      const auto count = held == 0 && whole > 0 ? whole : std::min(rest.size(), gathered.size() - held);
      if (count == whole && held == 0) {
        put(rest.first(count));
      } else {
        std::copy_n(rest.data(), count, gathered.data() + held);
        held += count;
        if (held == gathered.size()) {
          put(gathered);
          held = 0;
        }
      }
      rest = rest.subspan(count);
    }
  }
  if (sealed == 1 && held > 0) put(bytes(gathered).first(held));
  auto made = sealed == 1 ? told(state::open) : failed(sealed);
  made.taken = taken;
  return made;
}

engine::outcome engine::finish() {
  bench().input = {};
  bench().output.clear();
  SSL_shutdown(session_.get());
  ERR_clear_error();
  return told(state::open);
}

std::string_view engine::application_protocol() const noexcept {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace peregrine::tls
