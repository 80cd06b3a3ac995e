// What a client writes: the head of its handshake and its frames (RFC 6455).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

enum class head {
  browser,  // what Chromium sends, with its Origin and an offer of permessage-deflate
  library,  // what Node's ws sends: fewer fields, no Origin
  bare      // only what RFC 6455 §4.1 asks for; no extension is offered, so nothing comes compressed
};

head head_of(std::string_view name);  // throws usage_error

// `serial` makes the key, so that no two connections have the same.
std::string upgrade_request(head, std::uint16_t port, std::string_view path, std::uint64_t serial);

// A JSON object of exactly `size` bytes (at least smallest_message) that tells its number.
constexpr std::size_t smallest_message = 26;
std::string numbered_message(std::uint64_t number, std::size_t size);

// One whole text frame: from a client (masked, §5.3), from a server (not masked). `payload` has at most 65,535 bytes.
std::string masked_text_frame(std::string_view payload);
std::string text_frame(std::string_view payload);
std::string masked_pong(std::string_view payload);

}  // namespace bench
