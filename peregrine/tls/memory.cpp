#include "peregrine/tls/memory.hpp"

#include "peregrine/base/heap_account.hpp"

#include <openssl/crypto.h>

namespace peregrine::tls {

namespace {

constinit heap_account taken("OpenSSL: sessions, contexts, algorithms", owner::library);

}  // namespace

bool count_memory() noexcept {
  return CRYPTO_set_mem_functions(
             [](std::size_t size, const char*, int) { return size > 0 ? taken.take(size) : nullptr; },
             [](void* block, std::size_t size, const char*, int) { return taken.resize(block, size); },
             [](void* block, const char*, int) { taken.release(block); }) == 1;
}

}  // namespace peregrine::tls
