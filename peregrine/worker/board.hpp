// Where all processes of a server write what they have to tell of themselves, and each can read it: memory that they
// share. A place is written by one process alone; a reader may see one figure newer than the next.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/connection/obstacle.hpp"
#include "peregrine/worker/ledger_figures.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace peregrine::worker {

using figure = std::atomic<std::uint64_t>;
static_assert(figure::is_always_lock_free, "it is shared between processes");

// Counts by a small number, such as a close code. Those for which there is no room any more are counted under 0.
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

struct figures {
  figure process;  // its id; 0: this place is free
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
  figure objects;
  figure object_bytes;
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

  // What those did that are gone: counts alone. Written by the supervisor.
  figures& past() const noexcept { return places_[size_]; }

  // The supervisor's: a place for a process that starts, and its end. Its counts are then among the past's.
  std::size_t take_place(std::uint64_t worker) noexcept;
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
