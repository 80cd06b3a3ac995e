// The place at which the messages of all workers get their order: a process of its own that has no connection but its
// lines to the workers, and carries each message to the workers that have members in its room (docs/decisions/0010).
//
// A worker that does not read holds nobody up: what waits for it is bounded, then let go and counted, and the worker is
// told how much it has missed. A worker that is busy makes those wait who publish in its rooms, for as long as it gives
// signs of life.
//
// A message is carried a turn after it was heard, when all lines have been read once more. Lines have no order among
// them, but whoever speaks may know that a member of another worker is in: that worker's interest was written before
// the message, and is so read before the message is carried.
#pragma once

#include "peregrine/net/stream.hpp"
#include "peregrine/runtime/reactor.hpp"
#include "peregrine/worker/line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace peregrine::worker {

class exchange final : private line::owner, private event_target {
 public:
  struct limits {
    // Bytes that wait for one worker; beyond it they are let go. Four of the largest messages so far may always wait:
    // members who speak at the same time have it come to that where no worker stands still.
    std::size_t most = std::size_t{16} * 1024 * 1024;
    std::size_t high = std::size_t{4} * 1024 * 1024;  // beyond it whoever publishes in its rooms waits
    std::size_t low = std::size_t{1} * 1024 * 1024;   // and goes on below this
    reactor::duration patience{1'000};                // for a sign of life from a worker for which others wait
  };

  exchange() : exchange(limits()) {}
  explicit exchange(limits chosen) : limits_(chosen) {}
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  ~exchange() override;

  // A worker's line. The number is for the log; two lines may have the same, while one worker takes over from another.
  void add(std::uint64_t worker, stream_ptr carried);

  std::size_t workers() const noexcept { return places_.size(); }
  std::size_t rooms() const noexcept { return rooms_.size(); }
  std::uint64_t let_go() const noexcept { return let_go_; }  // messages, once for each worker that missed one

 private:
  enum hold : std::uint8_t {
    none = 0,
    said = 1,    // the worker said that its members are not served fast enough
    queued = 2,  // too much waits for the worker here
  };

  // A worker, as it is seen from here.
  struct place {
    place(line::owner& home, std::uint64_t number) : worker(number), way(home) {}
    std::uint64_t worker;
    line way;
    bool is_dirty = false;    // has something to be written at the end of this turn
    bool is_lagging = false;  // messages for it are let go until the queue is short again
    bool is_asked = false;    // whether it is alive, and has not answered
    bool is_still = false;    // it has not answered in time: nobody waits for it
    std::uint64_t missed = 0;
    std::vector<std::string> queued_rooms;  // that are held because of its queue
  };

  struct interest {
    place* who;
    std::uint8_t holds;
  };
  struct room {
    std::vector<interest> interested;
    std::size_t holding = 0;  // how many of these hold it
  };

  struct name_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>{}(name); }
  };
  using room_map = std::unordered_map<std::string, room, name_hash, std::equal_to<>>;

  void on_packet(line& from, const packet& said) override;
  void on_written(line& through) override;
  void on_ended(line& gone, std::string_view why) override;
  void on_turn() override;
  void on_timeout() override;

  void subscribe(place& who, std::string_view name);
  void unsubscribe(place& who, std::string_view name);
  void carry_heard();
  void carry(const packet& said);
  bool offer(place& to, const packet& said);  // false: it was let go
  void set_holds(std::string_view name, room& where, interest& of, unsigned holds);
  void relieve(place& who);
  void mark(place& changed);
  void look_at(place& written);
  std::size_t most() const noexcept { return std::max(limits_.most, 4 * largest_); }
  void ask();
  place& place_of(const line& way) noexcept;
  static interest* find(room& where, const place& who) noexcept;

  limits limits_;
  std::vector<std::unique_ptr<place>> places_;
  std::vector<place*> dirty_;
  std::vector<std::byte> heard_;  // messages of this turn, as they came
  std::vector<std::byte> ripe_;   // and of the turn before
  std::size_t largest_ = 0;       // of all messages so far
  room_map rooms_;
  std::size_t held_rooms_ = 0;  // in which whoever publishes waits
  std::uint64_t let_go_ = 0;
};

}  // namespace peregrine::worker
