// Where all processes of a server write what they have to tell of themselves, and each can read it: memory that they
// share. A place is written by one process alone; a reader may see one figure newer than the next.
#pragma once

#include "peregrine/base/duration_counts.hpp"
#include "peregrine/base/result.hpp"
#include "peregrine/connection/endpoint.hpp"
#include "peregrine/worker/ledger_figures.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::worker {

using figure = std::atomic<std::uint64_t>;
static_assert(figure::is_always_lock_free, "it is shared between processes");

// Counts by a small number, such as a close code. Those for which there is no room any more are counted under 0; what
// has room once keeps it, so that no count falls while what is assigned only grows.
class tally {
 public:
  void assign(const std::map<std::uint16_t, std::uint64_t>& counts) noexcept;
  std::map<std::uint16_t, std::uint64_t> read() const;

 private:
  struct entry {
    figure key;
    figure count;
  };
  std::array<entry, 24> entries_;
};

// A room's name, cut, and how many are in it in one worker.
struct room_figure {
  static constexpr std::size_t longest = 120;  // bytes of a name
  std::array<char, longest> name;              // may be read while it is written: for people, not for programs
  figure size;                                 // of the name; 0: none
  figure members;
};

// Durations, counted between the bounds of duration_counts.
struct duration_figures {
  std::array<figure, duration_counts::bounds.size() + 1> counts;
  figure sum;  // ns

  void assign(const duration_counts& counted) noexcept;
  void add_to(duration_counts& sum_of_all) const noexcept;
};

enum class activity : std::uint8_t { starting, serving, leaving };

struct figures {
  figure process;  // its id; 0: this place is free; in the past's the form of all of it
  figure worker;   // its number
  figure live;
  figure opened;
  figure messages_in;
  figure published;
  figure delivered;
  figure missed;
  figure slow_consumers;
  figure silent;
  figure rooms;
  figure longest_turn;  // ns, since the worker last wrote here: the longest of a second
  figure now;           // an activity
  figure started;       // of the whole server: ns since 1970
  std::array<figure, transports> opened_by;
  std::array<figure, transports> live_by;
  figure sent;        // messages, each to one member alone
  figure payload_in;  // bytes of messages; what is delivered or sent counts once for each who gets it
  figure payload_out;
  figure wire_in;  // bytes on the sockets, with all that TLS, HTTP/2 and WebSocket add
  figure wire_out;
  figure outbox_bytes;
  figure http2_live;  // connections that carry WebSockets
  figure http2_opened;
  figure http2_resets;
  figure closed_by_order;  // of the administration
  figure sockets;
  figure most_files;  // that the process may have open
  duration_figures handshakes;
  duration_figures broadcasts;
  duration_figures broadcast_lag;
  tally closed;
  tally refused;
  std::array<figure, obstacles> turned_away;  // of the refused, by what stood in their way
  std::array<room_figure, 50> largest;
  ledger_figures ledger;
};

class board {
 public:
  // Throws std::system_error where the system gives no memory.
  explicit board(std::uint64_t workers);
  // What another process has made; takes the file.
  static result<board> adopt(int file);

  board(board&& other) noexcept;
  board& operator=(board&&) = delete;
  ~board();

  int file() const noexcept { return file_; }
  std::size_t size() const noexcept { return size_; }
  figures& at(std::size_t place) const noexcept { return places_[place]; }

  // When the server began, in ns since 1970.
  std::uint64_t started() const noexcept { return past().started; }

  // What those did that are gone: counts alone, and what the server as a whole is doing. Written by the supervisor.
  figures& past() const noexcept { return places_[size_]; }

  // The supervisor's: a place for a process that starts, if one is free, and its end. Its counts are then among the
  // past's.
  std::optional<std::size_t> take_place(std::uint64_t worker) noexcept;
  std::size_t free_places() const noexcept;
  void clear_place(std::size_t place) noexcept;

  // Places in use, by worker.
  std::vector<const figures*> living() const;

 private:
  board(int file, std::size_t size);

  int file_;
  std::size_t size_;
  figures* places_;
};

}  // namespace peregrine::worker
