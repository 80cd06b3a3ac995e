// The two ends of a TLS session in memory, and a tap between them.
#pragma once

#include "peregrine/base/tls_code.hpp"
#include "peregrine/net/memory_stream.hpp"
#include "peregrine/net/recorder_test.hpp"
#include "peregrine/runtime/manual_poller.hpp"
#include "peregrine/tls/authority_test.hpp"
#include "peregrine/tls/stream.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace peregrine::tls {

inline constexpr std::array<std::string_view, 1> http1{"http/1.1"};
inline constexpr std::array<std::string_view, 2> both{"h2", "http/1.1"};

// Passes everything on, and looks at the records on their way (RFC 8446 §5.1).
class tap final : public peregrine::stream, private peregrine::stream::owner {
 public:
  explicit tap(peregrine::stream* below) : below_(below) { below_->attach(*this); }

  std::size_t write(std::span<const bytes> pieces) noexcept override {
    ++writes;
    std::size_t taken = 0;
    for (const auto& piece : pieces) {
      const auto part = below_->write({&piece, 1});
      sent.insert(sent.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(part));
      taken += part;
      if (part < piece.size()) break;
    }
    return taken;
  }
  void pause() noexcept override { below_->pause(); }
  void resume() override { below_->resume(); }
  void finish() noexcept override { below_->finish(); }
  void close() noexcept override {
    below_.reset();
    reactor::current().discard(*this);
  }
  std::string peer() const override { return "tap"; }

  // The sizes of the records that were sent.
  std::vector<std::size_t> records() const {
    std::vector<std::size_t> sizes;
    for (std::size_t at = 0; at + 5 <= sent.size();) {
      const auto size = std::to_integer<std::size_t>(sent[at + 3]) << 8 | std::to_integer<std::size_t>(sent[at + 4]);
      sizes.push_back(size);
      at += 5 + size;
    }
    return sizes;
  }
  void forget() {
    sent.clear();
    writes = 0;
  }

  std::vector<std::byte> sent;
  int writes = 0;

 private:
  ~tap() override = default;
  void on_bytes(mutable_bytes lent) override { owner_->on_bytes(lent); }
  void on_end(int code) override { owner_->on_end(code); }
  void on_writable() override { owner_->on_writable(); }
  void on_discarded() noexcept override { delete this; }

  stream_ptr below_;
};

class sessions : public testing::Test {
 protected:
  ~sessions() override {
    server_.close();
    client_.close();
    loop_.settle();
    loop_.advance(std::chrono::seconds(10));
    EXPECT_EQ(slab_allocated<tls::stream>::home().live(), 0U);
  }

  server_context serving(const std::string& file, protocol_list protocols = http1) {
    auto made = server_context::load({file, {}}, protocols);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  client_context trusting(const std::string& file, protocol_list protocols = http1, bool insecure = false) {
    auto made = client_context::make({file, insecure, protocols});
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }

  void connect(const server_context& server, const client_context& client, const std::string& host = "localhost") {
    const auto [near, far] = memory_stream::make_pair();
    near_ = near;
    far_ = far;
    tap_ = new tap(near);
    server_.take(new tls::stream(stream_ptr(tap_), server));
    client_.take(new tls::stream(stream_ptr(far), client, host));
  }
  void connect() {
    connect(server_context_, client_context_);
    loop_.settle();
    ASSERT_EQ(client_.writables, 1);
    ASSERT_TRUE(server_.ends.empty());
    tap_->forget();
  }
  void expect_both_talk() {
    client_.say("hello");
    loop_.settle();
    EXPECT_EQ(server_.received, "hello");
    server_.say("good day");
    loop_.settle();
    EXPECT_EQ(client_.received, "good day");
  }
  void expect_failure(int at_client, int at_server) {
    loop_.settle();
    EXPECT_EQ(client_.ends, std::vector<int>{at_client});
    EXPECT_EQ(server_.ends, std::vector<int>{at_server});
    EXPECT_EQ(client_.received, "");
    EXPECT_EQ(server_.received, "");
    server_.close();
    client_.close();
    loop_.settle();
    client_.ends.clear();
    server_.ends.clear();
    client_.unsent.clear();
  }

  manual_reactor loop_;
  authority signs_;
  std::string good_ = signs_.sign("good.pem", {});
  server_context server_context_ = serving(good_);
  client_context client_context_ = trusting(signs_.own_file());
  memory_stream* near_ = nullptr;
  memory_stream* far_ = nullptr;
  tap* tap_ = nullptr;
  recorder server_;
  recorder client_;
};

inline std::string long_text(std::size_t size) {
  std::string made(size, '\0');
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return made;
}

}  // namespace peregrine::tls
