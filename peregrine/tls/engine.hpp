// TLS 1.2 and 1.3 (RFC 5246, RFC 8446) as bytes in, bytes out: no sockets, no clock. The only sources that include
// OpenSSL's ssl.h are engine.cpp and engine_context.cpp; another implementation would go there, and nobody else would
// know.
//
// A session keeps nothing of what passes through it but a half-received record. What is fed is read where it stands,
// and what is to be sent stands in one buffer of the thread until the next call of any engine.
#pragma once

#include "peregrine/base/bytes.hpp"
#include "peregrine/base/result.hpp"
#include "peregrine/tls/certificate.hpp"
#include "peregrine/tls/trust.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace peregrine::tls {

class ticket_keys;

// Names of ALPN (RFC 7301), the best first: "h2", "http/1.1".
using protocol_list = std::span<const std::string_view>;

// What many sessions share: they keep it alive.
class engine_context {
 public:
  // Where the client offers protocols it must offer one of these. An error is a certificate that OpenSSL refuses, for a
  // key that is too weak for one.
  static result<engine_context> for_server(const certificate& shown, protocol_list protocols);
  static engine_context for_client(protocol_list protocols);

  // A server's. The keys outlive the last handshake.
  void seal_tickets_with(const ticket_keys& keys) noexcept;

 private:
  friend class engine;
  explicit engine_context(ssl_ctx_st* made) noexcept;
  std::shared_ptr<ssl_ctx_st> shared_;
};

class engine {
 public:
  static constexpr std::size_t largest_record = std::size_t{16} * 1024;  // bytes of plaintext (RFC 8446 §5.1)

  enum class state : std::uint8_t {
    shaking_hands,
    open,
    ended,   // the peer has said close_notify; it may still be told something
    failed,  // nothing more goes either way
  };

  struct outcome {
    state now = state::open;
    std::size_t plaintext = 0;  // bytes that were written to `room`
    std::size_t taken = 0;      // bytes of plaintext that were sealed
    bytes output;               // to be sent to the peer; valid until the next call of any engine of this thread
    int code = 0;               // why it failed, a tls_code
    std::string why;            // and in OpenSSL's words, for a log
  };

  // A server's session.
  explicit engine(const engine_context& shared);
  // A client's, to a DNS name or a numeric address, whose certificate `believed` must vouch for; null: anybody's will
  // do. `begin` gives its first words.
  // `offered` by ALPN, instead of what the context offers, where it is not empty.
  engine(const engine_context& shared, const std::string& host, const trust* believed, protocol_list offered = {});
  outcome begin();

  // Takes ciphertext from the front of `input`: all of it, but that it stops when the handshake is done, and where
  // `room`, which must hold a record, has no place for the next one.
  outcome feed(bytes& input, mutable_bytes room);

  // Makes records of what stands in `pieces` behind their first `begin` bytes: 64 KiB of it in one call, in full
  // records, of which only the last may be shorter.
  outcome seal(std::span<const bytes> pieces, std::size_t begin);

  // close_notify: the last that is sealed.
  outcome finish();

  std::string_view application_protocol() const noexcept;

 private:
  struct deleter {
    void operator()(ssl_st* freed) const noexcept;
  };
  outcome told(state now) const;
  outcome failed(int from) const;

  std::unique_ptr<ssl_st, deleter> session_;
};

}  // namespace peregrine::tls
