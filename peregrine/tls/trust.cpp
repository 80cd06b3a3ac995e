#include "peregrine/tls/trust.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <new>

namespace peregrine::tls {

// A certificate in the store need not be an authority's: that of one server, signed by itself, may stand there too.
trust::trust() : store_(X509_STORE_new(), X509_STORE_free) {
  if (!store_) throw std::bad_alloc();
  X509_STORE_set_flags(store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
}

result<trust> trust::in_system() {
  trust made;
  if (X509_STORE_set_default_paths(made.store()) == 1) return made;
  ERR_clear_error();
  return failure{"the certificates that this machine trusts cannot be read; is the package ca-certificates installed?"};
}

result<trust> trust::in_file(const std::string& file) {
  const auto found = load_certificates(file);
  if (!found) return found.error();
  return in(*found);
}

trust trust::in(const std::vector<x509_ptr>& believed) {
  trust made;
  for (const auto& each : believed) made.add(*each);
  return made;
}

void trust::add(const x509_st& believed) {
  X509_STORE_add_cert(store(), const_cast<X509*>(&believed));  // which takes a reference and changes nothing
}

}  // namespace peregrine::tls
