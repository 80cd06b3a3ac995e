// The limits of a Linux machine that stand between here and N connections, and the line that lifts each.
#pragma once

#include "peregrine/base/machine.hpp"
#include "peregrine/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace peregrine::doctor {

// What is to be held, each WebSocket on a TCP connection of its own (HTTP/1.1).
struct demand {
  std::uint64_t connections = 0;
  bool server = true;  // which ends live on this machine
  bool client = true;
  std::uint64_t server_processes = 1;  // of one thread each; connections are spread evenly
  std::uint64_t client_processes = 1;
  std::uint64_t source_addresses = 1;  // the client's: each has a port range of its own towards the server
};

enum class effect {
  stops,  // the next connection fails
  slows,  // all can be open, but not all at once be quick
  none,   // told because people look for it
};

struct limit {
  std::string name;
  effect when_met;
  std::string have;      // for a reader, with its unit
  std::string need;      // likewise
  std::uint64_t allows;  // connections, where `when_met` is `stops`
  bool enough;
  std::string lift;  // the exact command, or what else helps
};

struct plan {
  std::uint64_t asked = 0;
  std::uint64_t possible = 0;  // at most what was asked for
  std::vector<limit> limits;   // all that were looked at

  bool fits() const noexcept { return possible >= asked; }
  const limit* first_stop() const noexcept;  // what stops connection possible + 1; null if all fit

  // The story in lines: how many, what stops the next, how to lift all that stands in the way.
  std::string describe() const;
};

// Supposes that each process raises its soft limit of open files, as below.
plan make_plan(const demand& wanted, const machine& here = machine::local());

// How many client processes it takes to open so many connections, by the limit of open files of one.
std::uint64_t processes_for(std::uint64_t connections, const machine& here = machine::local());

struct raised {
  open_file_limit before;
  open_file_limit now;
};

// Lifts this process's soft limit of open files to its hard one, which needs no right.
result<raised> raise_open_files(const machine& here = machine::local());

}  // namespace peregrine::doctor
