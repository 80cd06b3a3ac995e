#include "peregrine/base/tls_code.hpp"

#include <fmt/format.h>

#include <string_view>

namespace peregrine::tls_code {
namespace {

struct alert_words {
  std::string_view name;
  std::string_view meaning;  // for those that a person can do something about
};

// RFC 8446 §6.2, and those that TLS 1.2 has beside them (RFC 5246 §7.2.2).
alert_words words_of(int number) {
  switch (number) {
    case 10:
      return {"unexpected_message", ""};
    case 20:
      return {"bad_record_mac", ""};
    case 22:
      return {"record_overflow", ""};
    case 40:
      return {"handshake_failure", "the two ends have no cipher or key exchange in common"};
    case 42:
      return {"bad_certificate", "it refuses our certificate"};
    case 43:
      return {"unsupported_certificate", "it refuses our certificate"};
    case 44:
      return {"certificate_revoked", "our certificate was revoked"};
    case 45:
      return {"certificate_expired", "our certificate has expired"};
    case 46:
      return {"certificate_unknown", "it refuses our certificate"};
    case 47:
      return {"illegal_parameter", ""};
    case 48:
      return {"unknown_ca", "it does not trust who signed our certificate"};
    case 49:
      return {"access_denied", ""};
    case 50:
      return {"decode_error", ""};
    case 51:
      return {"decrypt_error", ""};
    case 70:
      return {"protocol_version", "the two ends have no version of TLS in common"};
    case 71:
      return {"insufficient_security", "it wants a stronger cipher"};
    case 80:
      return {"internal_error",
              "something went wrong at its end, or it is full, as its log says: a peregrine server that takes no more "
              "connections says so by this"};
    case 86:
      return {"inappropriate_fallback", ""};
    case 90:
      return {"user_canceled", ""};
    case 100:
      return {"no_renegotiation", ""};
    case 109:
      return {"missing_extension", ""};
    case 110:
      return {"unsupported_extension", ""};
    case 112:
      return {"unrecognized_name", "it serves no host of that name"};
    case 116:
      return {"certificate_required", "it wants a certificate of ours, which this program does not show"};
    case 120:
      return {"no_application_protocol", "it speaks none of the protocols that were offered (ALPN)"};
    default:
      return {"", ""};
  }
}

std::string explain_alert(int number) {
  const auto [name, meaning] = words_of(number);
  return fmt::format("the peer broke TLS off with the alert {}{}{}{}", number, name.empty() ? "" : " ", name,
                     meaning.empty() ? "" : fmt::format(": {}", meaning));
}

}  // namespace

std::string explain(int code) {
  switch (code) {
    case truncated:
      return "the peer's end came without TLS's close_notify (RFC 8446 §6.1), so that what it sent last may be missing";
    case ended_in_handshake:
      return "the peer ended the connection in the middle of the TLS handshake";
    case not_tls:
      return "the peer does not speak TLS there; expected a port that does, or a URL without the s of wss and https";
    case broken:
      return "the peer broke the rules of TLS, or its bytes were changed on the way";
    case unread:
      return "the peer makes TLS answer again and again and reads none of it";
    case no_common_version:
      return "the two ends have no version of TLS in common; expected 1.2 or 1.3";
    case no_common_cipher:
      return "the two ends have no cipher of TLS in common";
    case no_common_protocol:
      return "the peer offered no protocol (ALPN) that is spoken here";
    case certificate_expired:
      return "the server's certificate has expired; whoever runs the server has to renew it";
    case certificate_not_yet_valid:
      return "the server's certificate is not valid yet; is one of the two clocks wrong?";
    case certificate_mismatch:
      return "the server's certificate is for another host; connect by the name that it was made for";
    case certificate_untrusted:
      return "the server's certificate was signed by nobody whom this machine trusts; name who signed it (--ca FILE), "
             "or do without knowing who the server is (--insecure)";
    case certificate_invalid:
      return "the server's certificate is not fit for a server";
    default:
      return explain_alert(code - alert);
  }
}

}  // namespace peregrine::tls_code
