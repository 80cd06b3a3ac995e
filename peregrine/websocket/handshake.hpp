// The opening handshake's rules (RFC 6455 §4), on HTTP/1.1 Upgrade and on HTTP/2 extended CONNECT (RFC 8441 §5), where
// neither Upgrade, Connection nor a key are needed. Heads are `fields`; who parses and sends them is not known here.
#pragma once

#include "peregrine/base/fields.hpp"
#include "peregrine/base/result.hpp"
#include "peregrine/websocket/extensions.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace peregrine::websocket {

enum class handshake_kind : bool { upgrade, extended_connect };

// ---- The server ----

// A request as it was received.
struct opening {
  handshake_kind kind = handshake_kind::upgrade;
  std::string_view method = {};
  int version_major = 1;
  int version_minor = 1;
  std::string_view authority = {};  // of an extended CONNECT: the pseudo-header fields :authority
  std::string_view protocol = {};   // and :protocol
  fields head = {};
};

struct handshake_options {
  // Who may connect from a browser, as Origin says it ("https://example.org"), beside pages of the same host and port
  // as the request's Host; "*" is everyone. Clients without an Origin are no browsers and pass.
  std::vector<std::string> origins = {};
  std::vector<std::string> subprotocols = {};                // ours, the best first
  std::optional<deflate_parameters> deflate = std::nullopt;  // none: compression is declined
};

// Views into the request, and into the options for the subprotocol.
struct accepted {
  std::string_view key = {};          // empty on an extended CONNECT
  std::string_view subprotocol = {};  // empty: none
  std::optional<deflate_parameters> deflate = std::nullopt;
};

struct refusal {
  int status;
  std::string_view why;  // a plain sentence for the response's body; static
  fields extra = {};     // that the response must carry; static
};

std::variant<accepted, refusal> check_opening(const opening& request, const handshake_options& options) noexcept;

// The 101 response (RFC 6455 §4.2.2) with its end of head, appended. `extra` may add fields.
void append_acceptance(std::string& out, const accepted& agreed, fields extra = {});

// ---- Both ----

using accept_token = std::array<char, 28>;
using handshake_key = std::array<char, 24>;

// Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2, item 5.4).
accept_token accept_key(std::string_view key) noexcept;

// ---- The client ----

// What a client asks for. Nothing in it may hold CR or LF.
struct invitation {
  std::string_view target = "/";  // path and query
  std::string_view host = {};     // with the port unless it is the scheme's own
  std::string_view origin = {};   // empty: none
  std::vector<std::string> subprotocols = {};
  std::optional<deflate_parameters> deflate = std::nullopt;  // none: compression is not offered
  fields extra = {};
};

handshake_key make_key() noexcept;

// The GET request (RFC 6455 §4.1) with its end of head, appended.
void append_invitation(std::string& out, const invitation& asked, std::string_view key);

// What the request has beside its method and target, in the fields of an extended CONNECT (RFC 8441 §5). They view the
// invitation and the two strings.
void append_fields(std::vector<field>& out, const invitation& asked, std::string& subprotocols,
                   std::string& extensions);

struct established {
  std::string_view subprotocol = {};  // a view into the invitation; empty: none
  std::optional<deflate_parameters> deflate = std::nullopt;
};

// Checks the server's answer (RFC 6455 §4.1, RFC 8441 §5.1). The error says what was expected.
result<established> check_answer(int status, fields head, const invitation& asked, std::string_view key,
                                 handshake_kind kind = handshake_kind::upgrade);

}  // namespace peregrine::websocket
