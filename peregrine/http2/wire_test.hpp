// A carrier on a wire whose other end is the test: frames in by hand, frames out as words.
#pragma once

#include "peregrine/http2/carrier.hpp"
#include "peregrine/http2/frames_test.hpp"
#include "peregrine/net/recorder_test.hpp"
#include "peregrine/runtime/manual_poller.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>

namespace peregrine::http2 {

// The stream below. It is the test's, and outlives the carrier.
class wire final : public peregrine::stream {
 public:
  std::size_t write(std::span<const bytes> pieces) noexcept override {
    ++writes;
    std::size_t taken = 0;
    for (const auto& piece : pieces) {
      const auto part = piece.first(std::min(piece.size(), room));
      sent += as_text(part);
      room -= part.size();
      taken += part.size();
    }
    return taken;
  }
  void pause() noexcept override { is_paused = true; }
  void resume() override { is_paused = false; }
  void finish() noexcept override { is_finished = true; }
  void close() noexcept override { is_closed = true; }
  std::string peer() const override { return "wire"; }

  std::string sent;
  std::size_t room = SIZE_MAX;
  int writes = 0;
  bool is_paused = false;
  bool is_finished = false;
  bool is_closed = false;

 private:
  void on_discarded() noexcept override {}
};

// Accepts every extended CONNECT, and answers everything else with `page`; if it `listens` it wants to
// hear the content first, and the test answers.
class keeper final : public carrier::host {
 public:
  std::map<stream_id, recorder> members;
  std::string page = "a page";
  bool listens = false;
  std::function<void(recorder&)> on_member = [](recorder&) {};
  std::vector<std::string> overs;
  std::vector<int> codes;
  int rooms = 0;

 private:
  void on_request(carrier& from, stream_id id, const request_head& asked) override {
    if (asked.protocol.empty() && listens) {
      members[id].take(from.hear(id).release());
      return;
    }
    if (asked.protocol.empty()) {
      from.respond(id, 200, {}, as_bytes(page), false);
      return;
    }
    auto& made = members[id];
    made.take(from.accept(id, {}).release());
    on_member(made);
  }
  void on_room(carrier&) override { ++rooms; }
  void on_over(carrier&, int code, const std::string& why) override {
    overs.push_back(why);
    codes.push_back(code);
  }
};

// An echo.
inline void repeat_all(recorder& member) {
  member.on_piece = [&member] { member.say(std::exchange(member.received, {})); };
}

// A server's carrier that has read `first`.
struct served {
  served(const std::string& first, const carrier_options& chosen)
      : options(chosen), at(new carrier(stream_ptr(&below), side::server, options, host)) {
    feed(std::string(by_hand::preface) + first);
  }

  void feed(std::string_view input) {
    std::string copy(input);
    if (!below.is_closed) at->on_bytes({reinterpret_cast<std::byte*>(copy.data()), copy.size()});
  }
  by_hand::words sent() { return by_hand::described(std::exchange(below.sent, {})); }
  recorder& member(stream_id id) { return host.members.at(id); }
  bool is_over() const { return !host.overs.empty(); }

  carrier_options options;
  wire below;
  keeper host;
  carrier* at;
};

class on_a_wire : public testing::Test {
 protected:
  ~on_a_wire() override {
    for (auto& each : all_) {
      if (!each.is_over()) each.at->abort();
    }
    for (auto& each : all_) each.host.members.clear();
    loop_.settle();
    EXPECT_EQ(carrier::home().live(), 0U);
    EXPECT_EQ(stream::home().live(), 0U);
  }

  served& serve(const std::string& first = by_hand::settings(), const carrier_options& options = {}) {
    auto& made = all_.emplace_back(first, options);
    loop_.settle();
    made.sent();
    return made;
  }

  manual_reactor loop_;
  std::deque<served> all_;
};

}  // namespace peregrine::http2
