#include "accept_key.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

namespace bench {

accept_key::accept_key() : sha1_(EVP_MD_fetch(nullptr, "SHA1", nullptr)), context_(EVP_MD_CTX_new()) {
  if (sha1_ == nullptr || context_ == nullptr) throw std::runtime_error("OpenSSL has no SHA-1 here");
}

accept_key::~accept_key() {
  EVP_MD_CTX_free(context_);
  EVP_MD_free(sha1_);
}

void accept_key::write(std::string_view key, char* accept) noexcept {
  constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<char, key_size + guid.size()> text;
  std::memcpy(text.data(), key.data(), key_size);
  std::memcpy(text.data() + key_size, guid.data(), guid.size());

  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_DigestInit_ex2(context_, sha1_, nullptr);
  EVP_DigestUpdate(context_, text.data(), text.size());
  EVP_DigestFinal_ex(context_, digest.data(), &size);
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(accept), digest.data(), static_cast<int>(size));
}

}  // namespace bench
