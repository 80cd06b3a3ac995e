// What a server shows: a certificate with the chain that it was signed by, and the key that proves it is the server's.
#pragma once

#include "peregrine/base/result.hpp"

#include <ctime>
#include <memory>
#include <string>
#include <vector>

struct x509_st;
struct evp_pkey_st;

namespace peregrine::tls {

struct x509_deleter {
  void operator()(x509_st* freed) const noexcept;
};
struct key_deleter {
  void operator()(evp_pkey_st* freed) const noexcept;
};
using x509_ptr = std::unique_ptr<x509_st, x509_deleter>;
using key_ptr = std::unique_ptr<evp_pkey_st, key_deleter>;

struct certificate {
  x509_ptr leaf;
  std::vector<x509_ptr> chain;  // who signed it, who signed that one, …
  key_ptr key;

  // From files in PEM form: the server's certificate comes first, its chain behind it; both files may be the same. The
  // error names the file, what is wrong with it and what to do: it is not there or not PEM, the key is for another
  // certificate or needs a passphrase, the certificate is not valid at `now`.
  static result<certificate> load(const std::string& chain_file, const std::string& key_file,
                                  std::time_t now = std::time(nullptr));

  std::string names() const;  // "localhost, 127.0.0.1"
  std::string until() const;  // its last moment: "2027-02-21 10:00 UTC"
};

// The certificates of a file, in their order.
result<std::vector<x509_ptr>> load_certificates(const std::string& file);

}  // namespace peregrine::tls
