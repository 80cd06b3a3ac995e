// What an idle connection of the chat server costs in the memory of the process, counted: objects of slabs, and blocks
// of the heap. This program alone counts its heap.
#include "peregrine/http2/session.hpp"
#include "peregrine/net/tcp_stream.hpp"
#include "peregrine/runtime/manual_poller.hpp"
#include "peregrine/server/chat.hpp"
#include "peregrine/tls/authority_test.hpp"
#include "peregrine/tls/stream.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace {

std::size_t heap_calls = 0;
std::size_t heap_blocks = 0;  // live
std::size_t heap_bytes = 0;   // of them, as the allocator rounds them up

void* counted(void* block) noexcept {
  if (!block) return block;
  ++heap_calls;
  ++heap_blocks;
  heap_bytes += malloc_usable_size(block);
  return block;
}

void uncounted(void* block) noexcept {
  if (!block) return;
  --heap_blocks;
  heap_bytes -= malloc_usable_size(block);
}

}  // namespace

// glibc calls these for everybody in this program, operator new included.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are glibc's
extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* block, std::size_t size) noexcept;
void __libc_free(void* block) noexcept;
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(std::size_t size) noexcept {
  return counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  return counted(__libc_calloc(count, size));
}
void* realloc(void* block, std::size_t size) noexcept {
  uncounted(block);
  return counted(__libc_realloc(block, size));
}
void free(void* block) noexcept {
  uncounted(block);
  __libc_free(block);
}
}

namespace peregrine {
namespace {

using namespace std::chrono_literals;

struct cost {
  std::size_t objects;
  std::size_t bytes;
};

cost now() {
  cost sum{heap_blocks, heap_bytes};
  for (const auto* each : slab::all()) {
    sum.objects += each->live();
    sum.bytes += each->live() * each->object_size();
  }
  return sum;
}

std::string client_frame(std::string_view said) {  // masked with zeros
  std::string frame = "\x81";
  if (said.size() < 126) {
    frame += static_cast<char>(0x80 | said.size());
  } else {
    frame += "\xfe";
    frame += static_cast<char>(said.size() >> 8);
    frame += static_cast<char>(said.size() & 0xff);
  }
  return frame + std::string(4, '\0') + std::string(said);
}

class chat_server : public testing::Test {
 protected:
  ~chat_server() override {
    door_.abort_all();
    turn();
    for (const int each : clients_) ::close(each);
  }

  // A client on a socket, of which the server has the other end.
  int enter(std::string_view path) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    say(ends[0], "GET " + std::string(path) +
                     " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    auto* carried = new tcp_stream(ends[1]);
    door_.accept(stream_ptr(carried));
    carried->start();
    clients_.push_back(ends[0]);
    turn();
    EXPECT_TRUE(hear(ends[0]).starts_with("HTTP/1.1 101 "));
    return ends[0];
  }
  static void say(int socket, std::string_view text) {
    ASSERT_EQ(::send(socket, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  static std::string hear(int socket) {
    std::string all(std::size_t{256} * 1024, '\0');
    const auto count = ::recv(socket, all.data(), all.size(), 0);
    all.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return all;
  }
  void turn() {
    for (int i = 0; i < 5; ++i) loop_.run_turn(false);
  }

  reactor loop_;
  hub rooms_;
  server::chat* talk_ = nullptr;
  acceptor door_{{}, [this](connection& peer) { return talk_->serve(peer); }};
  worker::board board_{1};
  server::worker_figures told_{board_, board_.at(*board_.take_place(0)), door_, rooms_, nullptr};
  server::operator_commands commands_{told_};
  server::chat talking_{server::messages::json, {}, rooms_, commands_};
  std::vector<int> clients_;

  void SetUp() override { talk_ = &talking_; }
};

TEST_F(chat_server, an_idle_connection_is_three_allocations_and_256_bytes_at_most) {
  constexpr std::size_t count = 200;
  clients_.reserve(1'000);
  for (int i = 0; i < 64; ++i) enter("/room");  // what the first ones of a process make once is not theirs
  const auto before = now();
  for (std::size_t i = 0; i < count; ++i) enter("/room");
  const auto after = now();
  const auto objects = static_cast<double>(after.objects - before.objects) / count;
  const auto bytes = static_cast<double>(after.bytes - before.bytes) / count;
  RecordProperty("objects", std::to_string(objects));
  RecordProperty("bytes", std::to_string(bytes));
  EXPECT_GE(objects, 2);  // else nothing was counted
  EXPECT_LE(objects, 3.05) << "a block of the room's list is shared by 64";
  EXPECT_LE(bytes, 256);
}

class secured_chat_server : public chat_server {
 protected:
  // The same over TLS, with a client that is not counted: its session is gone when this returns.
  void enter_secured() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    clients_.push_back(ends[0]);
    auto* below = new tcp_stream(ends[1]);
    door_.accept(stream_ptr(new tls::stream(stream_ptr(below), *server_)));
    below->start();
    auto session = client_->open("localhost");
    std::vector<std::byte> room(std::size_t{64} * 1024);
    std::string said(as_text(session.begin().output));
    std::string heard;
    while (!heard.starts_with("HTTP/1.1 101 ")) {
      say(ends[0], said);
      turn();
      const auto answer = hear(ends[0]);
      ASSERT_FALSE(answer.empty());
      for (bytes input = as_bytes(answer); !input.empty();) {
        const auto made = session.feed(input, room);
        said = as_text(made.output);
        heard += as_text(bytes(room).first(made.plaintext));
        if (made.now == tls::engine::state::shaking_hands || was_asked_) continue;
        was_asked_ = true;
        const bytes request = as_bytes(
            std::string_view("GET /room HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        said += as_text(session.seal({&request, 1}, 0).output);
      }
    }
    was_asked_ = false;
  }

  tls::authority signs_;
  result<tls::server_context> server_ =
      tls::server_context::load({signs_.sign("server.pem", {}), {}}, accepted_protocols);
  result<tls::client_context> client_ = tls::client_context::make({.insecure = true});
  bool was_asked_ = false;
};

TEST_F(secured_chat_server, an_idle_connection_is_15_000_bytes_at_most) {
  constexpr std::size_t count = 200;
  clients_.reserve(1'000);
  for (int i = 0; i < 64; ++i) enter_secured();
  const auto before = now();
  for (std::size_t i = 0; i < count; ++i) enter_secured();
  const auto after = now();
  const auto bytes_each = static_cast<double>(after.bytes - before.bytes) / count;
  RecordProperty("objects", std::to_string(static_cast<double>(after.objects - before.objects) / count));
  RecordProperty("bytes", std::to_string(bytes_each));
  EXPECT_GE(bytes_each, 5'000) << "else nothing was counted";
  EXPECT_LE(bytes_each, 15'000);
}

// A client's end of an HTTP/2 connection: asks for WebSockets, and takes no notice of the answers.
class http2_client final : public http2::session::handler {
 public:
  http2_client() : at(http2::side::client, {}, *this) {}
  http2::session at;

 private:
  void on_request(http2::stream_id, const http2::request_head&, bool) override {}
  void on_response(http2::tunnel&, int, fields, bool) override {}
  void on_data(http2::tunnel&, mutable_bytes) override {}
  void on_end(http2::tunnel&) override {}
  void on_closed(http2::tunnel&, http2::error_code) override {}
  void on_window(http2::tunnel*) override {}
  void on_settings(std::int64_t) override {}
  void on_going_away(http2::stream_id, http2::error_code, std::string_view) override {}
};

class http2_chat_server : public chat_server {
 protected:
  static constexpr std::size_t streams = 128;

  // One more connection, full of WebSockets; its client is gone when this returns, and its socket is there.
  void enter_full() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    clients_.push_back(ends[0]);
    auto* carried = new tcp_stream(ends[1]);
    door_.accept(stream_ptr(carried));
    carried->start();
    http2_client client;
    std::array<http2::tunnel, streams> tunnels;
    converse(client, ends[0]);
    const std::array<field, 1> head{{{"sec-websocket-version", "13"}}};
    for (auto& each : tunnels) {
      client.at.connect({.method = "CONNECT",
                         .scheme = "http",
                         .authority = "localhost",
                         .path = "/room",
                         .protocol = "websocket",
                         .head = head},
                        each);
    }
    converse(client, ends[0]);
  }

  void converse(http2_client& client, int socket) {
    while (!client.at.output().empty()) {
      say(socket, as_text(client.at.output().view()));
      client.at.output().drop(client.at.output().size());
      turn();
      auto answer = hear(socket);
      client.at.feed(std::as_writable_bytes(std::span(answer)), 0);
    }
  }
};

TEST_F(http2_chat_server, an_idle_websocket_is_1_000_bytes_at_most_and_300_of_them_ours) {
  constexpr std::size_t connections = 8;
  clients_.reserve(1'000);
  const auto in_slabs = [] {
    std::size_t sum = 0;
    for (const auto* each : slab::all()) sum += each->live() * each->object_size();
    return sum;
  };
  enter_full();
  const auto before = now();
  const auto slabs_before = in_slabs();
  for (std::size_t i = 0; i < connections; ++i) enter_full();
  const auto after = now();
  const auto each = [](std::size_t bytes) { return static_cast<double>(bytes) / connections / streams; };
  EXPECT_EQ(door_.counts.live, (connections + 1) * streams);
  RecordProperty("bytes", std::to_string(each(after.bytes - before.bytes)));
  RecordProperty("slabs", std::to_string(each(in_slabs() - slabs_before)));
  EXPECT_GE(each(in_slabs() - slabs_before), 200) << "else nothing was counted";
  EXPECT_LE(each(in_slabs() - slabs_before), 280) << "the table of streams takes 10 more, the room 8";
  EXPECT_LE(each(after.bytes - before.bytes), 1'000);
}

TEST_F(chat_server, a_connection_is_as_small_after_a_big_message_as_before) {
  const int first = enter("/first");
  const int second = enter("/second");
  const auto big = client_frame("{\"text\":\"" + std::string(60'000, 'b') + "\"}");
  const auto speak = [&](int socket) {
    say(socket, std::string_view(big).substr(0, 40'000));
    turn();
    say(socket, std::string_view(big).substr(40'000));
    turn();
    std::size_t heard = 0;
    for (auto part = hear(socket); !part.empty(); part = hear(socket)) {
      heard += part.size();
      turn();
    }
    EXPECT_GT(heard, 60'000U);
  };
  speak(first);  // what all share has grown to its size
  const auto before = now();
  speak(second);
  const auto after = now();
  EXPECT_LE(after.objects, before.objects);
  EXPECT_LE(after.bytes, before.bytes);
}

task<> hear_all(connection& peer, int& heard) {
  while (const auto* said = co_await peer.receive()) heard += said->size() == 5 ? 1 : 0;
}

TEST_F(chat_server, waiting_for_messages_allocates_nothing) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  clients_.push_back(ends[0]);
  endpoint home;
  auto* carried = new tcp_stream(ends[1]);
  auto* peer = new connection(stream_ptr(carried), home, {});
  int heard = 0;
  peer->run([&heard](connection& held) { return hear_all(held, heard); }, {}, {});
  carried->start();
  const auto frame = client_frame("hello");
  const auto before = now();
  const auto calls = heap_calls;
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(::send(ends[0], frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
    loop_.run_turn(false);
  }
  EXPECT_EQ(heap_calls, calls);
  EXPECT_EQ(now().objects, before.objects);
  EXPECT_EQ(heard, 1'000);
  peer->abort();
  turn();
}

struct told final : completion {
  void on_finished(std::exception_ptr) noexcept override { is_done = true; }
  bool is_done = false;
};

task<> nap(int times) {
  for (int i = 0; i < times; ++i) co_await reactor::current().sleep(1ms);
}

TEST(sleeping, allocates_nothing) {
  manual_reactor loop;
  told end;
  nap(1'000).start(end);
  const auto before = now();
  const auto calls = heap_calls;
  while (!end.is_done && now().objects == before.objects) loop.advance(1ms);
  EXPECT_TRUE(end.is_done);
  EXPECT_EQ(heap_calls, calls);
}

}  // namespace
}  // namespace peregrine
