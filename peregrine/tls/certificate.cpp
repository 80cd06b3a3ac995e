#include "peregrine/tls/certificate.hpp"

#include "peregrine/base/explain.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace peregrine::tls {
namespace {

struct file_closer {
  void operator()(std::FILE* closed) const noexcept { std::fclose(closed); }
};
using file_ptr = std::unique_ptr<std::FILE, file_closer>;

result<file_ptr> open(const char* what, const std::string& file) {
  file_ptr opened(std::fopen(file.c_str(), "re"));
  if (!opened)
    return failure{std::string("cannot read ") + what + " '" + file + "': " + explain(errno, attempt::open), errno};
  return opened;
}

bool is_end_of_pem(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// Nobody sits at a server's terminal to type it.
int no_passphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

result<key_ptr> load_key(const std::string& file) {
  auto in = open("the key", file);
  if (!in) return in.error();
  bool was_asked = false;
  key_ptr key(PEM_read_PrivateKey(in->get(), nullptr, no_passphrase, &was_asked));
  ERR_clear_error();
  if (key) return key;
  if (was_asked) {
    return failure{"the key in '" + file +
                   "' is locked with a passphrase; expected one without, such as from: openssl pkey -in '" + file +
                   "' -out key.pem"};
  }
  return failure{"'" + file +
                 "' holds no key in PEM form (-----BEGIN PRIVATE KEY-----); --key names the file that does"};
}

std::string spell(const ASN1_TIME* time) {
  std::tm parts{};
  char text[32] = "?";
  if (ASN1_TIME_to_tm(time, &parts) == 1) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

std::string spell(const GENERAL_NAME& name) {
  const auto* value = name.type == GEN_DNS || name.type == GEN_IPADD ? name.d.ia5 : nullptr;
  if (value == nullptr) return {};
  const auto* bytes = ASN1_STRING_get0_data(value);
  const int size = ASN1_STRING_length(value);
  if (name.type == GEN_DNS) return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  char text[INET6_ADDRSTRLEN] = "?";
  inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
  return text;
}

}  // namespace

void x509_deleter::operator()(x509_st* freed) const noexcept {
  X509_free(freed);
}

void key_deleter::operator()(evp_pkey_st* freed) const noexcept {
  EVP_PKEY_free(freed);
}

result<std::vector<x509_ptr>> load_certificates(const std::string& file) {
  auto in = open("the certificate", file);
  if (!in) return in.error();
  std::vector<x509_ptr> found;
  while (x509_ptr next{PEM_read_X509(in->get(), nullptr, nullptr, nullptr)}) found.push_back(std::move(next));
  const bool is_whole = is_end_of_pem(ERR_peek_last_error());
  ERR_clear_error();
  if (found.empty() && is_whole) {
    return failure{"'" + file + "' holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"};
  }
  if (!is_whole)
    return failure{"a certificate in '" + file + "' is damaged; expected it as its issuer gave it, in PEM form"};
  return found;
}

result<certificate> certificate::load(const std::string& chain_file, const std::string& key_file, std::time_t now) {
  auto found = load_certificates(chain_file);
  if (!found) return found.error();
  auto key = load_key(key_file);
  if (!key) return key.error();

  certificate made;
  made.leaf = std::move(found->front());
  found->erase(found->begin());
  made.chain = std::move(*found);
  made.key = std::move(*key);
  if (X509_check_private_key(made.leaf.get(), made.key.get()) != 1) {
    ERR_clear_error();
    return failure{
        "the key in '" + key_file + "' is not that of the certificate in '" + chain_file +
        "'; expected the key that the certificate was asked for with, and the server's own certificate before "
        "those of its issuers"};
  }
  if (X509_cmp_time(X509_get0_notAfter(made.leaf.get()), &now) < 0) {
    return failure{"the certificate in '" + chain_file + "' expired at " + made.until() + "; it has to be renewed"};
  }
  if (X509_cmp_time(X509_get0_notBefore(made.leaf.get()), &now) > 0) {
    return failure{"the certificate in '" + chain_file + "' is not valid before " +
                   spell(X509_get0_notBefore(made.leaf.get())) + "; is this machine's clock wrong?"};
  }
  return made;
}

std::string certificate::names() const {
  std::string all;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf.get(), NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const auto name = spell(*sk_GENERAL_NAME_value(names, i));
    if (!name.empty()) all += (all.empty() ? "" : ", ") + name;
  }
  GENERAL_NAMES_free(names);
  return all.empty() ? "nobody" : all;
}

std::string certificate::until() const {
  return spell(X509_get0_notAfter(leaf.get()));
}

}  // namespace peregrine::tls
