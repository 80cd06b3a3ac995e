#include "peregrine/websocket/handshake.hpp"
#include "peregrine/websocket/header_list.hpp"

#include <algorithm>
#include <array>

namespace peregrine::websocket {

namespace {

constexpr field allow_get[] = {{"Allow", "GET"}};
constexpr field allow_connect[] = {{"Allow", "CONNECT"}};
constexpr field use_upgrade[] = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
constexpr field use_version[] = {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}};

constexpr refusal not_get{405, "A WebSocket is opened with the method GET (RFC 6455 §4.1).", allow_get};
constexpr refusal not_connect{405, "A WebSocket on HTTP/2 is opened with the method CONNECT (RFC 8441 §5).",
                              allow_connect};
constexpr refusal unknown_protocol{501, "The only :protocol served here is websocket (RFC 8441 §5).", {}};
constexpr refusal old_version{400, "A WebSocket is opened with HTTP/1.1 (RFC 6455 §4.1).", {}};
constexpr refusal other_version{505, "A WebSocket is opened with HTTP/1.1 (RFC 6455 §4.1).", {}};
constexpr refusal no_upgrade{426, "WebSockets only: send Upgrade: websocket and Connection: Upgrade (RFC 6455 §4.2.1).",
                             use_upgrade};
constexpr refusal no_host{400, "There must be exactly one Host (RFC 6455 §4.2.1).", {}};
constexpr refusal no_key{400, "There must be exactly one Sec-WebSocket-Key (RFC 6455 §4.2.1).", {}};
constexpr refusal bad_key{400, "Sec-WebSocket-Key must be 16 bytes in base64 (RFC 6455 §4.2.1).", {}};
constexpr refusal bad_version{426, "Sec-WebSocket-Version must be 13 (RFC 6455 §4.2.1).", use_version};
constexpr refusal foreign_origin{403, "Pages of this Origin may not connect here (RFC 6455 §4.2.2).", {}};
constexpr refusal two_origins{400, "There must be at most one Origin (RFC 6454 §7.3).", {}};
constexpr refusal bad_subprotocol{400, "Sec-WebSocket-Protocol must be a list of tokens (RFC 6455 §4.1).", {}};
constexpr refusal bad_extensions{400, "Sec-WebSocket-Extensions is not well-formed (RFC 6455 §9.1).", {}};

constexpr auto base64_digits = [] {
  std::array<bool, 256> digits{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")) {
    digits[static_cast<unsigned char>(c)] = true;
  }
  return digits;
}();

constexpr std::size_t absent = static_cast<std::size_t>(-1);

// What one pass over the fields gathers.
struct findings {
  std::string_view host, origin, key, version;
  unsigned hosts = 0, origins = 0, keys = 0, versions = 0;
  bool has_upgrade = false, has_connection = false;
  std::size_t subprotocol = absent;  // index into the options: the best that was offered
  bool bad_subprotocol = false;
  negotiated deflate;

  void take(const field& each, const handshake_options& options) noexcept {
    // By length first: it tells apart all names that matter here.
    const auto is = [&each](std::string_view name) { return equals_ignoring_case(each.name, name); };
    switch (each.name.size()) {
      case 4:
        if (is("Host")) host = each.value, ++hosts;
        break;
      case 6:
        if (is("Origin")) origin = each.value, ++origins;
        break;
      case 7:
        if (is("Upgrade")) has_upgrade = has_upgrade || lists(each.value, "websocket");
        break;
      case 10:
        if (is("Connection")) has_connection = has_connection || lists(each.value, "upgrade");
        break;
      case 17:
        if (is("Sec-WebSocket-Key")) key = each.value, ++keys;
        break;
      case 21:
        if (is("Sec-WebSocket-Version")) version = each.value, ++versions;
        break;
      case 22:
        if (is("Sec-WebSocket-Protocol")) take_subprotocols(each.value, options.subprotocols);
        break;
      case 24:
        if (is("Sec-WebSocket-Extensions")) take_extensions(each.value, options);
        break;
      default:
        break;
    }
  }

 private:
  void take_subprotocols(std::string_view offered, const std::vector<std::string>& ours) noexcept {
    for_each_element(offered, [&](std::string_view name) {
      if (!std::all_of(name.begin(), name.end(), is_token_character)) bad_subprotocol = true;
      const auto at = static_cast<std::size_t>(std::find(ours.begin(), ours.end(), name) - ours.begin());
      if (at < ours.size()) subprotocol = std::min(subprotocol, at);
      return true;
    });
  }

  void take_extensions(std::string_view offers, const handshake_options& options) noexcept {
    const bool is_open = deflate.outcome == negotiation::declined;
    const auto answer = accept_offer(offers, is_open && options.deflate ? &*options.deflate : nullptr);
    if (is_open || answer.outcome == negotiation::malformed) deflate = answer;
  }
};

// 24 characters that end in ==, which is what 16 bytes become (RFC 4648 §4).
bool is_key(std::string_view key) noexcept {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  bool are_digits = true;  // asked of all: no branch for each
  for (const char c : key.substr(0, 22)) are_digits &= base64_digits[static_cast<unsigned char>(c)];
  return are_digits;
}

std::string_view without_suffix(std::string_view text, std::string_view suffix) noexcept {
  if (!suffix.empty() && text.ends_with(suffix)) text.remove_suffix(suffix.size());
  return text;
}

// The scheme is not compared: behind a proxy that ends TLS we would not know ours.
bool is_same_origin(std::string_view origin, std::string_view host) noexcept {
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return false;  // "null", among others
  const auto scheme = origin.substr(0, scheme_end);
  const std::string_view port = equals_ignoring_case(scheme, "http")    ? ":80"
                                : equals_ignoring_case(scheme, "https") ? ":443"
                                                                        : "";
  return equals_ignoring_case(without_suffix(origin.substr(scheme_end + 3), port), without_suffix(host, port));
}

bool may_connect(std::string_view origin, std::string_view host, const std::vector<std::string>& allowed) noexcept {
  if (is_same_origin(origin, host)) return true;
  return std::any_of(allowed.begin(), allowed.end(),
                     [origin](const std::string& each) { return each == "*" || equals_ignoring_case(each, origin); });
}

const refusal* check_upgrade(const opening& request, const findings& found) noexcept {
  if (request.method != "GET") return &not_get;
  if (request.version_major != 1) return &other_version;
  if (request.version_minor < 1) return &old_version;
  if (!found.has_upgrade || !found.has_connection) return &no_upgrade;
  if (found.hosts != 1 || found.host.empty()) return &no_host;
  if (found.versions != 1 || found.version != "13") return &bad_version;
  if (found.keys != 1) return &no_key;
  return is_key(found.key) ? nullptr : &bad_key;
}

const refusal* check_extended_connect(const opening& request, const findings& found) noexcept {
  if (request.method != "CONNECT") return &not_connect;
  if (!equals_ignoring_case(request.protocol, "websocket")) return &unknown_protocol;
  if (request.authority.empty()) return &no_host;
  return found.versions == 1 && found.version == "13" ? nullptr : &bad_version;
}

}  // namespace

std::variant<accepted, refusal> check_opening(const opening& request, const handshake_options& options) noexcept {
  findings found;
  for (const auto& each : request.head) found.take(each, options);

  const bool is_upgrade = request.kind == handshake_kind::upgrade;
  if (const auto* refused = is_upgrade ? check_upgrade(request, found) : check_extended_connect(request, found)) {
    return *refused;
  }
  if (found.origins > 1) return two_origins;
  const auto host = is_upgrade ? found.host : request.authority;
  if (found.origins == 1 && !may_connect(found.origin, host, options.origins)) return foreign_origin;
  if (found.bad_subprotocol) return bad_subprotocol;
  if (found.deflate.outcome == negotiation::malformed) return bad_extensions;

  accepted agreed;
  if (is_upgrade) agreed.key = found.key;
  if (found.subprotocol != absent) agreed.subprotocol = options.subprotocols[found.subprotocol];
  if (found.deflate.outcome == negotiation::agreed) agreed.deflate = found.deflate.agreed;
  return agreed;
}

void append_acceptance(std::string& out, const accepted& agreed, fields extra) {
  const auto token = accept_key(agreed.key);
  out.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
  out.append(token.data(), token.size());
  if (!agreed.subprotocol.empty()) out.append("\r\nSec-WebSocket-Protocol: ").append(agreed.subprotocol);
  if (agreed.deflate) append_accepted(out.append("\r\nSec-WebSocket-Extensions: "), *agreed.deflate);
  for (const auto& each : extra) out.append("\r\n").append(each.name).append(": ").append(each.value);
  out.append("\r\n\r\n");
}

}  // namespace peregrine::websocket
