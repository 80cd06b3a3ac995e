// Codes beside errno's, for how a TLS session ended: what the owner of a stream is told by `on_end`, and what `explain`
// puts in words. They stand here and not with TLS because whoever counts or explains an end need not know what carried
// it.
#pragma once

#include <string>

namespace peregrine::tls_code {

constexpr int first = 1000;  // above every errno

constexpr int truncated = first;               // the peer's end came without its close_notify (RFC 8446 §6.1)
constexpr int ended_in_handshake = first + 1;  // the peer left, and said nothing
constexpr int not_tls = first + 2;             // what came is something else
constexpr int broken = first + 3;              // what came breaks the rules, or was changed on the way
constexpr int unread = first + 4;              // the peer makes us answer and does not read
constexpr int no_common_version = first + 5;
constexpr int no_common_cipher = first + 6;
constexpr int no_common_protocol = first + 7;  // ALPN (RFC 7301)

// What a client found wrong with the certificate that it was shown.
constexpr int certificate_expired = first + 10;
constexpr int certificate_not_yet_valid = first + 11;
constexpr int certificate_mismatch = first + 12;   // it is another host's
constexpr int certificate_untrusted = first + 13;  // nobody whom we trust has signed it
constexpr int certificate_invalid = first + 14;    // anything else

// The peer broke off with an alert: this, and the alert's number (RFC 8446 §6).
constexpr int alert = first + 1000;
constexpr int last = alert + 255;

constexpr bool is_one(int code) noexcept {
  return code >= first && code <= last;
}

// A clause without a capital or full stop, as `explain` gives it.
std::string explain(int code);

}  // namespace peregrine::tls_code
