#pragma once

#include <openssl/evp.h>

#include <string_view>

namespace bench {

// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2): base64(SHA-1(key + GUID)). The digest is fetched and
// its context made once; a call allocates nothing.
class accept_key {
 public:
  static constexpr std::size_t key_size = 24;
  static constexpr std::size_t accept_size = 28;

  accept_key();
  ~accept_key();
  accept_key(const accept_key&) = delete;
  accept_key& operator=(const accept_key&) = delete;

  // Writes accept_size characters and, after them, one zero byte. `key` has key_size characters.
  void write(std::string_view key, char* accept) noexcept;

 private:
  EVP_MD* sha1_;
  EVP_MD_CTX* context_;
};

}  // namespace bench
