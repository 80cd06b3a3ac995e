#include "peregrine/websocket/entropy.hpp"
#include "peregrine/websocket/handshake.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace peregrine::websocket {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

template <std::size_t In>
std::array<char, (In + 2) / 3 * 4> base64(const std::array<unsigned char, In>& in) noexcept {
  std::array<char, (In + 2) / 3 * 4> out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < In; i += 3) {
    const auto byte = [&](std::size_t index) { return index < In ? unsigned{in[index]} : 0u; };
    const unsigned three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out[at++] = alphabet[three >> 18];
    out[at++] = alphabet[three >> 12 & 63];
    out[at++] = i + 1 < In ? alphabet[three >> 6 & 63] : '=';
    out[at++] = i + 2 < In ? alphabet[three & 63] : '=';
  }
  return out;
}

// Fetching the digest and making a context cost more than the digest itself, so a thread does it once.
class sha1 {
 public:
  std::array<unsigned char, 20> operator()(std::string_view first, std::string_view second) noexcept {
    std::array<unsigned char, 20> digest;
    if (EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), first.data(), first.size()) != 1 ||
        EVP_DigestUpdate(context_.get(), second.data(), second.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) {
      std::abort();  // OpenSSL without SHA-1: no handshake could ever succeed
    }
    return digest;
  }

 private:
  struct free {
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, free> digest_{EVP_MD_fetch(nullptr, "SHA1", nullptr)};
  std::unique_ptr<EVP_MD_CTX, free> context_{EVP_MD_CTX_new()};
};

}  // namespace

accept_token accept_key(std::string_view key) noexcept {
  thread_local sha1 digest;
  return base64(digest(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

handshake_key make_key() noexcept {
  std::array<unsigned char, 16> nonce;
  draw_entropy(std::as_writable_bytes(std::span(nonce)));
  return base64(nonce);
}

}  // namespace peregrine::websocket
