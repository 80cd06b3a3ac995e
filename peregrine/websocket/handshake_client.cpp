#include "peregrine/websocket/handshake.hpp"
#include "peregrine/websocket/header_list.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace peregrine::websocket {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// What one pass over the answer's fields gathers.
struct findings {
  bool has_upgrade = false, has_connection = false;
  std::string_view token, subprotocol, extensions;
  unsigned tokens = 0, subprotocols = 0, extension_fields = 0;

  void take(const field& each) noexcept {
    const auto is = [&each](std::string_view name) { return equals_ignoring_case(each.name, name); };
    if (is("Upgrade")) has_upgrade = has_upgrade || lists(each.value, "websocket");
    if (is("Connection")) has_connection = has_connection || lists(each.value, "upgrade");
    if (is("Sec-WebSocket-Accept")) token = each.value, ++tokens;
    if (is("Sec-WebSocket-Protocol")) subprotocol = each.value, ++subprotocols;
    if (is("Sec-WebSocket-Extensions")) extensions = each.value, ++extension_fields;
  }
};

failure wrong_status(int status, std::string_view expected) {
  std::string why = "the server answered with status " + std::to_string(status) + ", not ";
  why.append(expected);
  // RFC 9110 §15.6.4
  if (status == 503) {
    why +=
        ": it takes no more connections for now, being full, or out of service; the log of a peregrine server says "
        "which limit it has met (--per-address, --rate, --memory-limit, or open files)";
  }
  return failure{std::move(why)};
}

// Null, or what is wrong.
std::optional<failure> check_upgrade(int status, const findings& found, std::string_view key) {
  if (status != 101) return wrong_status(status, "101 (RFC 6455 §4.1)");
  if (!found.has_upgrade) return failure{"the server's answer has no Upgrade: websocket (RFC 6455 §4.1)"};
  if (!found.has_connection) return failure{"the server's answer has no Connection: Upgrade (RFC 6455 §4.1)"};
  if (found.tokens != 1)
    return failure{"the server's answer must have exactly one Sec-WebSocket-Accept (RFC 6455 §4.1)"};
  const auto expected = accept_key(key);
  if (found.token != std::string_view(expected.data(), expected.size())) {
    return failure{"the server's Sec-WebSocket-Accept does not belong to our key (RFC 6455 §4.1)"};
  }
  return std::nullopt;
}

std::optional<failure> check_extended_connect(int status) {
  if (status >= 200 && status <= 299) return std::nullopt;
  return wrong_status(status, "200 (RFC 8441 §5)");
}

}  // namespace

void append_fields(std::vector<field>& out, const invitation& asked, std::string& subprotocols,
                   std::string& extensions) {
  out.push_back({"sec-websocket-version", "13"});
  if (!asked.origin.empty()) out.push_back({"origin", asked.origin});
  for (const auto& each : asked.subprotocols) subprotocols.append(subprotocols.empty() ? "" : ", ").append(each);
  if (!subprotocols.empty()) out.push_back({"sec-websocket-protocol", subprotocols});
  if (asked.deflate) append_offer(extensions, *asked.deflate);
  if (!extensions.empty()) out.push_back({"sec-websocket-extensions", extensions});
  out.insert(out.end(), asked.extra.begin(), asked.extra.end());
}

void append_invitation(std::string& out, const invitation& asked, std::string_view key) {
  out.append("GET ").append(asked.target).append(" HTTP/1.1\r\n");
  append_field(out, "Host", asked.host);
  append_field(out, "Upgrade", "websocket");
  append_field(out, "Connection", "Upgrade");
  append_field(out, "Sec-WebSocket-Key", key);
  append_field(out, "Sec-WebSocket-Version", "13");
  if (!asked.origin.empty()) append_field(out, "Origin", asked.origin);
  if (!asked.subprotocols.empty()) {
    out.append("Sec-WebSocket-Protocol: ");
    for (const auto& each : asked.subprotocols) {
      if (&each != &asked.subprotocols.front()) out.append(", ");
      out.append(each);
    }
    out.append("\r\n");
  }
  if (asked.deflate) {
    out.append("Sec-WebSocket-Extensions: ");
    append_offer(out, *asked.deflate);
    out.append("\r\n");
  }
  for (const auto& each : asked.extra) append_field(out, each.name, each.value);
  out.append("\r\n");
}

result<established> check_answer(int status, fields head, const invitation& asked, std::string_view key,
                                 handshake_kind kind) {
  findings found;
  for (const auto& each : head) found.take(each);
  auto wrong = kind == handshake_kind::upgrade ? check_upgrade(status, found, key) : check_extended_connect(status);
  if (wrong) return *std::move(wrong);

  established agreed;
  if (found.subprotocols > 0) {
    const auto& ours = asked.subprotocols;
    const auto chosen = std::find(ours.begin(), ours.end(), found.subprotocol);
    if (found.subprotocols > 1 || chosen == ours.end()) {
      return failure{"the server chose a subprotocol that was not asked for (RFC 6455 §4.1)"};
    }
    agreed.subprotocol = *chosen;
  }
  if (found.extension_fields > 0) {
    const auto answer = check_accepted(found.extensions, asked.deflate ? &*asked.deflate : nullptr);
    if (found.extension_fields > 1 || answer.outcome != negotiation::agreed) {
      return failure{"the server accepted an extension that was not offered, or not so (RFC 6455 §4.1, RFC 7692 §7.1)"};
    }
    agreed.deflate = answer.agreed;
  }
  return agreed;
}

}  // namespace peregrine::websocket
