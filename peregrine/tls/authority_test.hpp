// Certificates for tests: an authority of the test's own, and what it signs, good and bad.
#pragma once

#include "peregrine/tls/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

namespace peregrine::tls {

class authority {
 public:
  static constexpr std::time_t day = 24L * 60 * 60;

  struct wishes {
    std::string names = "DNS:localhost,IP:127.0.0.1";
    std::time_t begins = -day;  // from now, in seconds
    std::time_t ends = day;
    int rsa_bits = 0;  // 0: P-256
  };

  authority() : key_(EVP_EC_gen("P-256")), own_(X509_new()) {
    fill(own_.get(), key_.get(), "An authority of a test", {});
    add(own_.get(), NID_basic_constraints, "critical,CA:TRUE");
    add(own_.get(), NID_key_usage, "critical,keyCertSign");
    X509_sign(own_.get(), key_.get(), EVP_sha256());
    write("authority.pem", [&](std::FILE* out) { PEM_write_X509(out, own_.get()); });
  }
  authority(const authority&) = delete;
  authority& operator=(const authority&) = delete;
  ~authority() { std::filesystem::remove_all(folder_); }

  // Signs a certificate and writes it, with its key behind it, into a file of that name.
  std::string sign(const std::string& file, const wishes& wanted) {
    const key_ptr key(wanted.rsa_bits != 0 ? EVP_RSA_gen(static_cast<unsigned>(wanted.rsa_bits)) : EVP_EC_gen("P-256"));
    const x509_ptr made(X509_new());
    fill(made.get(), key.get(), "A server of a test", wanted);
    add(made.get(), NID_subject_alt_name, wanted.names.c_str());
    X509_sign(made.get(), key_.get(), EVP_sha256());
    return write(file, [&](std::FILE* out) {
      PEM_write_X509(out, made.get());
      PEM_write_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  std::string path(const std::string& file) const { return folder_ / file; }
  std::string own_file() const { return path("authority.pem"); }

  std::string write_text(const std::string& file, std::string_view text) const {
    std::ofstream(path(file)) << text;
    return path(file);
  }

 private:
  void fill(X509* made, EVP_PKEY* key, const char* name, const wishes& wanted) {
    const auto now = std::time(nullptr);
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial_);
    ASN1_TIME_set(X509_getm_notBefore(made), now + wanted.begins);
    ASN1_TIME_set(X509_getm_notAfter(made), now + wanted.ends);
    X509_set_pubkey(made, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(own_.get()));
  }

  static void add(X509* made, int what, const char* value) {
    auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
  }

  template <class Write>
  std::string write(const std::string& file, Write put) const {
    auto* out = std::fopen(path(file).c_str(), "we");
    if (out == nullptr) std::abort();
    put(out);
    std::fclose(out);
    return path(file);
  }

  std::filesystem::path folder_ = [] {
    std::string name = std::filesystem::temp_directory_path() / "authority.XXXXXX";
    return std::filesystem::path(mkdtemp(name.data()));
  }();
  long serial_ = 0;
  key_ptr key_;
  x509_ptr own_;
};

}  // namespace peregrine::tls
