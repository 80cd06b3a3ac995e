// A server's connection over streams in memory, its client in a test's hands, and handlers that tell what they heard.
#pragma once

#include "peregrine/connection/connection.hpp"
#include "peregrine/connection/peers_test.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

// What handlers told.
struct diary {
  words heard;
  bool has_ended = false;
  int sent = 0;
  connection* peer = nullptr;
};

inline task<> listen(connection& peer, diary& notes) {
  notes.peer = &peer;
  while (const auto* said = co_await peer.receive()) {
    notes.heard.push_back((said->is_text() ? "text " : "binary ") + std::string(said->text()));
  }
  notes.has_ended = true;
}

inline task<> echo(connection& peer, diary& notes) {
  notes.peer = &peer;
  while (const auto* said = co_await peer.receive()) {
    notes.heard.emplace_back(said->text());
    co_await peer.send(*said);
  }
  notes.has_ended = true;
}

// Takes its time over each message.
inline task<> ponder(connection& peer, diary& notes, reactor::duration length) {
  notes.peer = &peer;
  while (const auto* said = co_await peer.receive()) {
    notes.heard.emplace_back(said->text());
    co_await reactor::current().sleep(length);
  }
  notes.has_ended = true;
}

inline std::size_t live_in(std::string_view name) {
  for (const auto* each : slab::all()) {
    if (each->name() == name) return each->live();
  }
  return 0;
}

class live : public testing::Test {
 protected:
  ~live() override {
    far_.reset();
    loop_.settle();
    loop_.advance(10s);
    EXPECT_EQ(home_.counts.live, 0U);
    EXPECT_EQ(live_in("connection"), 0U);
    EXPECT_EQ(live_in("outbox entry"), 0U);
  }

  // A server's connection that `handler` holds, and its client.
  template <class Handler>
  connection& serve(const Handler& handler, const std::optional<websocket::deflate_parameters>& deflate = {}) {
    const auto [near, far] = memory_stream::make_pair();
    near_ = near;
    carried_ = far;
    far_.emplace(far);
    auto* made = new connection(stream_ptr(near), home_, deflate);
    http::request request;
    request.path = "/room";
    made->run(handler, request, {});
    loop_.settle();
    return *made;
  }
  // A connection that is the test's, as a client's owner has it.
  connection_ptr hold_by_hand() {
    const auto [near, far] = memory_stream::make_pair();
    near_ = near;
    carried_ = far;
    far_.emplace(far);
    connection_ptr made(new connection(stream_ptr(near), home_, {}));
    made->hold();
    return made;
  }
  connection& serve_listener() {
    return serve([this](connection& peer) { return listen(peer, notes_); });
  }

  manual_reactor loop_;
  endpoint home_;
  diary notes_;
  memory_stream* near_ = nullptr;
  memory_stream* carried_ = nullptr;
  std::optional<far_end> far_;
};

}  // namespace peregrine
