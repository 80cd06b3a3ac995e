#include "peregrine/tls/certificate.hpp"

#include "peregrine/tls/authority_test.hpp"
#include "peregrine/tls/context.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace peregrine::tls {
namespace {

class certificates : public testing::Test {
 protected:
  void refuses(const std::string& chain, const std::string& key, std::string_view part) {
    const auto loaded = server_context::load({chain, key}, {});
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find(part), std::string::npos) << loaded.error().message;
    EXPECT_NE(loaded.error().message.find('\'' + (part.starts_with("cannot read the key") ? key : chain)),
              std::string::npos)
        << loaded.error().message;
  }

  authority signs_;
  std::string good_ = signs_.sign("good.pem", {});
};

TEST_F(certificates, are_loaded_with_their_key_and_their_chain) {
  std::ifstream own(signs_.own_file());
  std::ofstream(good_, std::ios::app) << own.rdbuf();
  const auto loaded = certificate::load(good_, good_);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->chain.size(), 1U);
  EXPECT_EQ(loaded->names(), "localhost, 127.0.0.1");
  EXPECT_TRUE(loaded->until().ends_with(" UTC")) << loaded->until();
  EXPECT_TRUE(server_context::load({good_, ""}, {}));
}

TEST_F(certificates, that_are_not_there) {
  refuses(signs_.path("missing.pem"), good_, "cannot read the certificate");
  refuses(good_, signs_.path("missing.pem"), "cannot read the key");
}

TEST_F(certificates, that_are_none) {
  refuses(signs_.write_text("words.pem", "not a certificate\n"), good_, "holds no certificate in PEM form");
  refuses(signs_.own_file(), "", "holds no key in PEM form");
  std::ifstream whole(good_);
  std::string text{std::istreambuf_iterator<char>(whole), {}};
  refuses(signs_.write_text("cut.pem", text.substr(0, 200)), good_, "is damaged");
}

TEST_F(certificates, whose_key_is_anothers) {
  refuses(good_, signs_.sign("other.pem", {}), "is not that of the certificate in");
}

TEST_F(certificates, whose_key_is_locked) {
  const key_ptr key(EVP_EC_gen("P-256"));
  const auto file = signs_.path("locked.pem");
  auto* out = std::fopen(file.c_str(), "we");
  char word[] = "secret";
  PEM_write_PKCS8PrivateKey(out, key.get(), EVP_aes_128_cbc(), word, 6, nullptr, nullptr);
  std::fclose(out);
  const auto loaded = certificate::load(good_, file);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("locked with a passphrase"), std::string::npos) << loaded.error().message;
}

TEST_F(certificates, out_of_their_time) {
  constexpr auto day = authority::day;
  refuses(signs_.sign("old.pem", {.begins = -2 * day, .ends = -day}), "", "expired at ");
  refuses(signs_.sign("new.pem", {.begins = day, .ends = 2 * day}), "", "is not valid before ");
}

TEST_F(certificates, with_a_weak_key) {
  refuses(signs_.sign("weak.pem", {.rsa_bits = 1024}), "", "OpenSSL refuses the certificate: ee key too small");
}

TEST_F(certificates, that_were_renewed_badly_leave_the_old_in_place) {
  auto context = server_context::load({good_, ""}, {});
  ASSERT_TRUE(context);
  const auto before = context->description();
  signs_.write_text("good.pem", "half a fi");
  const auto again = context->reload();
  ASSERT_FALSE(again);
  EXPECT_EQ(context->description(), before);
  signs_.sign("good.pem", {.names = "DNS:renewed.example"});
  EXPECT_TRUE(context->reload());
  EXPECT_NE(context->description().find("for renewed.example, until "), std::string::npos) << context->description();
}

}  // namespace
}  // namespace peregrine::tls
