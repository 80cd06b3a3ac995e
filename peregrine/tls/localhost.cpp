#include "peregrine/tls/localhost.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/fields.hpp"
#include "peregrine/tls/certificate.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

namespace peregrine::tls {
namespace {

constexpr std::time_t day = 24L * 60 * 60;
constexpr std::time_t lifetime = 90 * day;
constexpr std::time_t clock_skew = 60L * 60;  // what the clock of who checks may be behind

class descriptor {
 public:
  explicit descriptor(int opened) noexcept : opened_(opened) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (opened_ >= 0) ::close(opened_);
  }
  int get() const noexcept { return opened_; }

 private:
  int opened_;
};

failure cannot_keep(const std::filesystem::path& where, int code) {
  return {"cannot keep localhost's certificate in '" + where.string() + "': " + explain(code, attempt::open) +
              "; name another folder (XDG_STATE_HOME), or files of yours (--certificate, --key)",
          code};
}

// ---- the certificate ----

void add_extension(X509* made, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, made, made, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
  X509_add_ext(made, extension, -1);
  X509_EXTENSION_free(extension);
}

x509_ptr sign_for_localhost(EVP_PKEY* key, std::time_t now) {
  x509_ptr made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  std::array<unsigned char, 8> serial{};
  RAND_bytes(serial.data(), serial.size());
  serial[0] &= 0x7f;  // positive (RFC 5280 §4.1.2.2)
  auto* number = BN_bin2bn(serial.data(), serial.size(), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made.get()));
  BN_free(number);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), now - clock_skew);
  ASN1_TIME_set(X509_getm_notAfter(made.get()), now + lifetime);
  X509_set_pubkey(made.get(), key);
  auto* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  add_extension(made.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(made.get(), NID_ext_key_usage, "serverAuth");
  add_extension(made.get(), NID_subject_key_identifier, "hash");
  add_extension(made.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  X509_sign(made.get(), key, EVP_sha256());
  return made;
}

// What `write` puts into a BIO, as text.
template <class Write>
std::string in_pem(Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  write(out.get());
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

// ---- files ----

// Whole or not at all: whoever reads meanwhile finds the old one.
result<> write_whole(const std::filesystem::path& file, const std::string& text) {
  const auto draft = file.string() + ".new";
  ::unlink(draft.c_str());  // what a process that died has left behind
  const descriptor out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (out.get() < 0) return cannot_keep(file, errno);
  if (::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(out.get()) != 0 ||
      ::rename(draft.c_str(), file.c_str()) != 0) {
    return cannot_keep(file, errno);
  }
  return {};
}

result<> make(const localhost_files& files, std::time_t now) {
  const key_ptr key(EVP_EC_gen("P-256"));
  const auto made = sign_for_localhost(key.get(), now);
  const auto key_text =
      in_pem([&](BIO* out) { PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  const auto certificate_text = in_pem([&](BIO* out) { PEM_write_bio_X509(out, made.get()); });
  if (auto written = write_whole(files.key(), key_text); !written) return written;
  return write_whole(files.certificate(), certificate_text);
}

}  // namespace

result<localhost_files> localhost_files::of_this_user() {
  // The base directory specification: a path that is not absolute is as if it were not there.
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    return localhost_files{std::filesystem::path(state) / "peregrine"};
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return localhost_files{std::filesystem::path(home) / ".local/state/peregrine"};
  }
  return failure{
      "there is no folder to keep localhost's certificate in: neither XDG_STATE_HOME nor HOME is set; set one, or name "
      "files of yours (--certificate, --key)"};
}

result<bool> localhost_files::ensure(std::time_t now) const {
  std::error_code wrong;
  std::filesystem::create_directories(folder.parent_path(), wrong);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return cannot_keep(folder, errno);
  // One process at a time looks and makes.
  const descriptor locked(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (locked.get() < 0 || ::fchmod(locked.get(), 0700) != 0 || ::flock(locked.get(), LOCK_EX) != 0) {
    return cannot_keep(folder, errno);
  }
  if (tls::certificate::load(certificate().string(), key().string(), now + day)) return false;
  if (auto made = make(*this, now); !made) return made.error();
  return true;
}

bool is_localhost(std::string_view host) {
  if (equals_ignoring_case(host, "localhost") || host == "::1") return true;
  in_addr numbers{};
  return inet_pton(AF_INET, std::string(host).c_str(), &numbers) == 1 && (ntohl(numbers.s_addr) >> 24) == 127;
}

}  // namespace peregrine::tls
