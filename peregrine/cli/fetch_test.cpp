#include "peregrine/cli/fetch.hpp"

#include "peregrine/net/address.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace peregrine::cli {
namespace {

// Answers one request, as it is told to, and keeps what was asked.
class one_answer {
 public:
  explicit one_answer(std::string answer) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const auto at = *address::from_numbers("127.0.0.1", 0);
    if (::bind(listener_, at.data(), at.size()) != 0 || ::listen(listener_, 1) != 0) std::abort();
    url_ = "http://" + address::of_local(listener_).to_string();
    server_ = std::thread([this, text = std::move(answer)] { serve(text); });
  }
  ~one_answer() {
    server_.join();
    ::close(listener_);
  }

  const std::string& url() const { return url_; }
  const std::string& asked() {
    server_.join();
    server_ = std::thread([] {});
    return asked_;
  }

 private:
  void serve(const std::string& answer) {
    const int peer = ::accept(listener_, nullptr, nullptr);
    std::array<char, 4096> piece{};
    while (asked_.find("\r\n\r\n") == std::string::npos) {
      const auto count = ::recv(peer, piece.data(), piece.size(), 0);
      if (count <= 0) break;
      asked_.append(piece.data(), static_cast<std::size_t>(count));
    }
    ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    ::close(peer);
  }

  int listener_;
  std::string url_;
  std::string asked_;
  std::thread server_;
};

TEST(a_page, is_what_stands_behind_the_head) {
  one_answer server("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nconnection: 1\nmore\n");
  const auto page = fetch({.server = server.url(), .path = "/allocations", .accept = "application/json"});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(*page, "connection: 1\nmore\n");
  EXPECT_EQ(server.asked().find("GET /allocations HTTP/1.1\r\nHost: 127.0.0.1:"), 0U);
  EXPECT_NE(server.asked().find("\r\nAccept: application/json\r\n"), std::string::npos);
  EXPECT_EQ(server.asked().find("Authorization"), std::string::npos);
}

TEST(a_page, is_whole_or_none) {
  one_answer cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nconnectio");
  const auto part = fetch({.server = cut.url(), .path = "/allocations"});
  ASSERT_FALSE(part) << *part;
  EXPECT_NE(part.error().message.find("broke off"), std::string::npos) << part.error().message;
  one_answer empty("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto nothing = fetch({.server = empty.url(), .path = "/allocations"});
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_EQ(*nothing, "");
  one_answer more("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nonetwo");
  const auto one = fetch({.server = more.url(), .path = "/allocations"});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(*one, "one");
}

TEST(a_page, is_asked_for_with_the_token) {
  const auto file = std::filesystem::path(testing::TempDir()) / "fetch_test_token";
  std::ofstream(file) << "0123456789abcdef\n";
  one_answer server("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  const auto page = fetch({.server = server.url(), .path = "/allocations", .token_file = file});
  EXPECT_NE(server.asked().find("\r\nAuthorization: Bearer 0123456789abcdef\r\n"), std::string::npos);
  ASSERT_FALSE(page);
  EXPECT_NE(page.error().message.find("wants another token"), std::string::npos) << page.error().message;
  std::ofstream(file) << "a token\r\nHost: elsewhere\n";
  const auto bent = fetch({.server = server.url(), .path = "/allocations", .token_file = file});
  ASSERT_FALSE(bent);
  EXPECT_NE(bent.error().message.find("not one line"), std::string::npos);
  std::filesystem::remove(file);
}

TEST(a_page, that_cannot_be_had_is_explained) {
  const auto said = [](const result<std::string>& page) { return page ? std::string("a page") : page.error().message; };
  {
    one_answer server("HTTP/1.1 404 Not Found\r\n\r\nno");
    EXPECT_NE(said(fetch({.server = server.url(), .path = "/allocations"})).find("has no /allocations"),
              std::string::npos);
  }
  {
    one_answer server("HTTP/1.1 503 Service Unavailable\r\n\r\nlater");
    EXPECT_NE(said(fetch({.server = server.url(), .path = "/x"})).find("status 503: later"), std::string::npos);
  }
  {
    one_answer server("SSH-2.0-OpenSSH\r\n");
    EXPECT_NE(said(fetch({.server = server.url(), .path = "/x"})).find("is no HTTP/1.1"), std::string::npos);
  }
  EXPECT_NE(said(fetch({.server = "https://localhost:9180/y", .path = "/x"})).find("expected http://"),
            std::string::npos);
  EXPECT_NE(said(fetch({.server = "http://localhost:9180", .path = "/x", .insecure = true})).find("go with TLS"),
            std::string::npos);
  EXPECT_NE(said(fetch({.server = "https://localhost:9180", .path = "/x", .authorities = "/nowhere.pem"}))
                .find("cannot read the certificate"),
            std::string::npos);
  EXPECT_NE(said(fetch({.server = "http://localhost:9180/y", .path = "/x"})).find("expected http://"),
            std::string::npos);
  EXPECT_NE(said(fetch({.server = "nowhere", .path = "/x"})).find("expected"), std::string::npos);
  // A port that was free a moment ago: nobody listens.
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto at = *address::from_numbers("127.0.0.1", 0);
  ASSERT_EQ(::bind(probe, at.data(), at.size()), 0);
  const auto free = "http://" + address::of_local(probe).to_string();
  EXPECT_NE(said(fetch({.server = free, .path = "/x"})).find("nothing listens at " + free), std::string::npos);
  ::close(probe);
}

}  // namespace
}  // namespace peregrine::cli
