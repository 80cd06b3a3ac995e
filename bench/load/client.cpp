#include "client.hpp"

#include "options.hpp"
#include <array>
#include <cassert>
#include <cstdio>

namespace bench {
namespace {

constexpr std::array<char, 4> mask = {'\x37', '\x5a', '\x21', '\x3d'};

// 16 bytes in base64 (RFC 6455 §4.1): 22 characters of the alphabet and "==".
std::string key_of(std::uint64_t serial) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string key(21, 'k');
  for (std::size_t i = 0; i < 11; ++i) key[i] = alphabet[(serial >> (6 * i)) & 63];
  return key + "A==";
}

std::string frame_head(unsigned opcode, bool masked, std::size_t size) {
  assert(size <= 0xffff);
  const unsigned mask_bit = masked ? 0x80 : 0;
  std::string head(1, static_cast<char>(0x80 | opcode));
  if (size < 126) return head + static_cast<char>(mask_bit | size);
  head += static_cast<char>(mask_bit | 126);
  head += static_cast<char>(size >> 8);
  return head + static_cast<char>(size & 0xff);
}

std::string masked_frame(unsigned opcode, std::string_view payload) {
  std::string frame = frame_head(opcode, true, payload.size()).append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  return frame;
}

}  // namespace

head head_of(std::string_view name) {
  if (name == "browser") return head::browser;
  if (name == "library") return head::library;
  if (name == "bare") return head::bare;
  throw usage_error("--head must be browser, library or bare");
}

std::string upgrade_request(head style, std::uint16_t port, std::string_view path, std::uint64_t serial) {
  const std::string host = "127.0.0.1:" + std::to_string(port);
  const std::string key = key_of(serial);
  const std::string start = "GET " + std::string(path) + " HTTP/1.1\r\n";
  switch (style) {
    case head::browser:
      return start + "Host: " + host +
             "\r\nConnection: Upgrade\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n"
             "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 "
             "Safari/537.36\r\nUpgrade: websocket\r\nOrigin: http://" +
             host +
             "\r\nSec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: "
             "en-US,en;q=0.9\r\n"
             "Sec-WebSocket-Key: " +
             key + "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
    case head::library:
      return start + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key +
             "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nHost: " +
             host + "\r\n\r\n";
    case head::bare:
      break;
  }
  return start + "Host: " + host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
         "\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

std::string numbered_message(std::uint64_t number, std::size_t size) {
  assert(size >= smallest_message);
  char start[64];
  std::snprintf(start, sizeof start, R"({"n":"%08llu","text":")",
                static_cast<unsigned long long>(number % 100'000'000));
  std::string message = start;
  message.append(size - message.size() - 2, 'x');
  return message + "\"}";
}

std::string masked_text_frame(std::string_view payload) {
  return masked_frame(0x1, payload);
}
std::string text_frame(std::string_view payload) {
  return frame_head(0x1, false, payload.size()).append(payload);
}
std::string masked_pong(std::string_view payload) {
  return masked_frame(0xa, payload);
}

}  // namespace bench
