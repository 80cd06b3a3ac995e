// The ends of a session as most tests begin with them: a server that has been greeted, and two of ours that have met.
#pragma once

#include "peregrine/http2/frames_test.hpp"

#include <gtest/gtest.h>

namespace peregrine::http2::by_hand {

inline const request_head asked{.method = "CONNECT",
                                .scheme = "http",
                                .authority = "localhost",
                                .path = "/room?x=1",
                                .protocol = "websocket",
                                .head = {}};

inline void accept_all(end& server) {
  server.told.on_asked = [&server](stream_id id, const request_head&) { server.accept(id, {}); };
}

// A server that has read a client's first words, and told its own.
struct server : end {
  explicit server(const session_options& options = {}) : end(side::server, options) {
    EXPECT_EQ(sent(), (words{"SETTINGS 0", "WINDOW_UPDATE 0 983041"}));
    EXPECT_TRUE(feed(std::string(preface) + settings()));
    EXPECT_EQ(sent(), words{"SETTINGS 0 ACK"});
    EXPECT_EQ(told.take(), (words{"settings 0", "window 0"}));
  }
};

// Two of ours, one of which has opened stream 1.
struct pair_of : testing::Test {
  pair_of() {
    accept_all(server_);
    pump(client_, server_);
    server_.told.events.clear();
    client_.told.events.clear();
  }
  void open() {
    EXPECT_EQ(client_.ask(asked), 1);
    pump(client_, server_);
    server_.told.events.clear();
    client_.told.events.clear();
  }

  end server_{side::server};
  end client_{side::client};
};

}  // namespace peregrine::http2::by_hand
