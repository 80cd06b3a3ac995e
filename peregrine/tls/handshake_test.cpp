#include "peregrine/tls/sessions_test.hpp"
#include "peregrine/tls/ticket_keys.hpp"

namespace peregrine::tls {
namespace {

using handshakes = sessions;

TEST_F(handshakes, talk) {
  connect(server_context_, client_context_);
  client_.say("too early");
  EXPECT_EQ(client_.unsent, "too early");
  EXPECT_EQ(client_.carried().application_protocol(), "");
  loop_.settle();
  EXPECT_EQ(client_.writables, 1);
  EXPECT_EQ(server_.writables, 0);
  EXPECT_EQ(client_.carried().application_protocol(), "http/1.1");
  EXPECT_EQ(server_.carried().application_protocol(), "http/1.1");
  EXPECT_EQ(server_.received, "too early");
  server_.received.clear();
  expect_both_talk();
}

TEST_F(handshakes, a_server_that_wants_to_speak_first_is_told_when_it_may) {
  connect(server_context_, client_context_);
  server_.say("welcome");
  EXPECT_EQ(server_.unsent, "welcome");
  loop_.settle();
  EXPECT_EQ(server_.writables, 1);
  EXPECT_EQ(client_.received, "welcome");
}

TEST_F(handshakes, however_their_bytes_are_cut) {
  for (const std::size_t piece : {1U, 2U, 5U, 6U, 100U, 1'000U}) {
    connect(server_context_, client_context_);
    near_->set_faults({.piece = piece});
    far_->set_faults({.piece = piece});
    client_.say("hello");
    loop_.settle();
    EXPECT_EQ(server_.received, "hello") << piece;
    server_.say(long_text(40'000));
    loop_.settle();
    EXPECT_EQ(client_.received, long_text(40'000)) << piece;
    server_.close();
    client_.close();
    loop_.settle();
    EXPECT_TRUE(server_.ends.empty());
    server_.received.clear();
    client_.received.clear();
  }
}

TEST_F(handshakes, agree_on_the_protocol_that_the_server_likes_best) {
  const auto server = serving(good_, both);
  connect(server, trusting(signs_.own_file(), std::array<std::string_view, 2>{"http/1.1", "h2"}));
  loop_.settle();
  EXPECT_EQ(client_.carried().application_protocol(), "h2");
  EXPECT_EQ(server_.carried().application_protocol(), "h2");
  server_.close();
  client_.close();
  loop_.settle();
  connect(server, trusting(signs_.own_file(), {}));  // who offers nothing is served all the same
  loop_.settle();
  EXPECT_EQ(server_.carried().application_protocol(), "");
  expect_both_talk();
}

TEST_F(handshakes, end_where_no_protocol_is_in_common) {
  connect(server_context_, trusting(signs_.own_file(), std::array<std::string_view, 1>{"h2"}));
  expect_failure(tls_code::alert + 120, tls_code::no_common_protocol);
}

TEST_F(handshakes, end_where_the_certificate_is_no_good) {
  constexpr auto day = authority::day;
  const auto fails = [&](const std::string& file, const std::string& host, int code) {
    // No server starts with what is out of its time, but many have gone on until it was.
    const auto when = std::time(nullptr) + (file.ends_with("old.pem")   ? -day * 3 / 2
                                            : file.ends_with("new.pem") ? day * 3 / 2
                                                                        : 0);
    const auto loaded = certificate::load(file, file, when);
    ASSERT_TRUE(loaded) << loaded.error().message;
    const auto shown = engine_context::for_server(*loaded, http1);
    ASSERT_TRUE(shown);
    engine server(*shown);
    const auto believed = trust::in_file(signs_.own_file());
    engine client(engine_context::for_client(http1), host, &*believed);
    std::vector<std::byte> room(std::size_t{64} * 1024);
    const auto said = client.begin();
    std::vector<std::byte> way(said.output.begin(), said.output.end());
    bytes input = way;
    const auto answered = server.feed(input, room);
    EXPECT_EQ(answered.now, engine::state::shaking_hands) << answered.why;
    way.assign(answered.output.begin(), answered.output.end());
    input = way;
    const auto judged = client.feed(input, room);
    EXPECT_EQ(judged.now, engine::state::failed) << file;
    EXPECT_EQ(judged.code, code) << file << ": " << judged.why;
    EXPECT_NE(judged.why.find("certificate verify failed, "), std::string::npos) << judged.why;
    EXPECT_GT(judged.output.size(), 0U) << "the server is to be told";
  };
  fails(signs_.sign("old.pem", {.begins = -2 * day, .ends = -day}), "localhost", tls_code::certificate_expired);
  fails(signs_.sign("new.pem", {.begins = day, .ends = 2 * day}), "localhost", tls_code::certificate_not_yet_valid);
  fails(good_, "example.org", tls_code::certificate_mismatch);
  fails(good_, "127.0.0.2", tls_code::certificate_mismatch);
  authority other;
  fails(other.sign("other.pem", {}), "localhost", tls_code::certificate_untrusted);
}

// Who comes back is not shown the certificate again, and by another name is.
TEST_F(handshakes, go_on_from_the_last_with_the_same_host) {
  const auto said_by_server = [this](const std::string& host) {
    server_.close();
    client_.close();
    loop_.settle();
    connect(server_context_, client_context_, host);
    loop_.settle();
    EXPECT_EQ(client_.carried().application_protocol(), "http/1.1");
    return tap_->sent.size();
  };
  const auto first = said_by_server("localhost");
  EXPECT_LT(said_by_server("localhost") + 300, first);
  EXPECT_LT(said_by_server("localhost") + 300, first);
  EXPECT_GT(said_by_server("127.0.0.1") + 100, first);
  client_.received.clear();
  server_.received.clear();
  expect_both_talk();
}

// The ticket of one server is good at another that has its keys, a while longer after these were renewed, and after the
// certificate was read again.
TEST_F(handshakes, go_on_at_whichever_server_has_the_keys) {
  ticket_keys keys;
  auto other = serving(good_);
  server_context_.seal_tickets_with(keys);
  other.seal_tickets_with(keys);
  const auto said_by = [this](const server_context& server) {
    server_.close();
    client_.close();
    loop_.settle();
    connect(server, client_context_, "localhost");
    loop_.settle();
    EXPECT_EQ(client_.carried().application_protocol(), "http/1.1");
    return tap_->sent.size();
  };
  const auto first = said_by(server_context_);
  for (const auto* each : {&other, &server_context_, &other, &other}) EXPECT_LT(said_by(*each) + 300, first);
  keys.renew();
  EXPECT_LT(said_by(other) + 300, first);
  ASSERT_TRUE(server_context_.reload());
  EXPECT_LT(said_by(server_context_) + 300, first);
  keys.renew();
  keys.renew();
  EXPECT_GT(said_by(other) + 100, first);
}

TEST_F(handshakes, a_refused_certificate_is_heard_of_at_both_ends) {
  connect(server_context_, client_context_, "example.org");
  loop_.settle();
  EXPECT_EQ(client_.ends, std::vector<int>{tls_code::certificate_mismatch});
  ASSERT_EQ(server_.ends.size(), 1U);
  EXPECT_GT(server_.ends[0], tls_code::alert);
}

TEST_F(handshakes, are_with_anybody_when_that_is_what_was_asked_for) {
  authority other;
  connect(serving(other.sign("other.pem", {})), trusting({}, http1, true), "example.org");
  loop_.settle();
  expect_both_talk();
}

TEST_F(handshakes, by_address) {
  connect(server_context_, client_context_, "127.0.0.1");
  loop_.settle();
  expect_both_talk();
}

TEST_F(handshakes, with_localhosts_own_certificate_need_nobodys_word) {
  const auto folder = signs_.path("state");
  ::setenv("XDG_STATE_HOME", folder.c_str(), 1);
  const auto server = server_context::load({}, http1);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_NE(server->description().find("from " + folder + "/peregrine/localhost.pem"), std::string::npos);
  const auto client = client_context::make({.protocols = http1});
  ASSERT_TRUE(client);
  connect(*server, *client);
  loop_.settle();
  expect_both_talk();
  server_.close();
  client_.close();
  loop_.settle();
  connect(*server, *client, "example.org");
  loop_.settle();
  EXPECT_EQ(client_.ends, std::vector<int>{tls_code::certificate_untrusted});
  ::unsetenv("XDG_STATE_HOME");
}

TEST_F(handshakes, with_who_does_not_speak_tls) {
  const auto [near, far] = memory_stream::make_pair();
  server_.take(new tls::stream(stream_ptr(near), server_context_));
  client_.take(far);
  client_.say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  loop_.settle();
  EXPECT_EQ(server_.ends, std::vector<int>{tls_code::not_tls});
  EXPECT_EQ(server_.received, "");
}

TEST_F(handshakes, with_a_server_that_does_not_speak_tls) {
  const auto [near, far] = memory_stream::make_pair();
  server_.take(near);
  client_.take(new tls::stream(stream_ptr(far), client_context_, "localhost"));
  server_.say("HTTP/1.1 400 Bad Request\r\n\r\n");
  loop_.settle();
  EXPECT_EQ(client_.ends, std::vector<int>{tls_code::not_tls});
}

TEST_F(handshakes, take_up_a_renewed_certificate_and_keep_those_who_are_here) {
  connect();
  signs_.sign("good.pem", {.names = "DNS:renewed.example"});
  ASSERT_TRUE(server_context_.reload());
  expect_both_talk();
  recorder another_server;
  recorder another_client;
  const auto [near, far] = memory_stream::make_pair();
  another_server.take(new tls::stream(stream_ptr(near), server_context_));
  another_client.take(new tls::stream(stream_ptr(far), client_context_, "renewed.example"));
  another_client.say("hello");
  loop_.settle();
  EXPECT_EQ(another_server.received, "hello");
}

}  // namespace
}  // namespace peregrine::tls
