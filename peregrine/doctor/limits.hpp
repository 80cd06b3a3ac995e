// The limits of a Linux machine that stand between here and N connections, and the line that lifts each.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/doctor/cost.hpp"
#include "peregrine/doctor/surroundings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace peregrine::doctor {

// What is to be held.
struct demand {
  std::uint64_t connections = 0;  // WebSockets; 0: as many as the machine holds
  bool server = true;             // which ends live on this machine
  bool client = true;
  std::uint64_t server_processes =
      1;  // of one thread each; the system spreads connections by chance; 0: as many as it takes
  std::uint64_t client_processes = 1;  // these share evenly; 0: as many as it takes
  std::uint64_t source_addresses = 1;  // the client's; 0: as many of the loopback's as it takes
  std::uint64_t destinations = 1;      // addresses and ports of servers that they connect to
  protocol carried = protocol::http1;
  bool tls = false;
};

enum class effect {
  stops,  // the next connection fails
  slows,  // all can be open, but not all at once be quick
  none,   // told because people look for it
};

struct limit {
  std::string name;  // begins a sentence with "is", or with "are" if it ends in an s
  effect when_met;
  std::string have;      // for a reader, with its unit
  std::string need;      // likewise; empty if no number was asked for
  std::uint64_t allows;  // connections, where `when_met` is `stops`
  bool enough;
  std::string lift;                 // the exact command, or what else helps
  std::vector<setting> settings{};  // what root may set for it; none where that does not help
};

struct plan {
  std::uint64_t asked = 0;
  std::uint64_t ceiling = 0;           // what the machine holds, whatever was asked for
  std::uint64_t possible = 0;          // of what was asked for
  std::uint64_t open_files = 0;        // that the process with the most has to open
  std::uint64_t open_files_have = 0;   // and that it may
  std::uint64_t processes = 1;         // that the server would need, by that
  std::uint64_t server_processes = 0;  // over which the connections are spread, on either end; 0 where it is elsewhere
  std::uint64_t client_processes = 0;
  std::uint64_t over_http2 = 0;  // the ceiling if HTTP/2 carries them; 0 where it does already
  std::vector<limit> limits{};   // all that were looked at

  bool fits() const noexcept { return possible >= asked; }
  const limit* lowest() const noexcept;      // what sets the ceiling; null if nothing does
  const limit* first_stop() const noexcept;  // what stops connection possible + 1; null if all fit

  // "As it stands this machine holds 19,968 connections; open files are what stops the next.", and whether all fit.
  std::string verdict() const;
  // Other ways to as many than to lift a limit, a line each; empty if all fit.
  std::string other_ways() const;
  // The verdict, how to lift all that stands in the way, and the other ways.
  std::string describe() const;
};

// Supposes that each process raises its soft limit of open files, as below.
plan make_plan(const demand& wanted, const surroundings& here = surroundings::local());

// How many client processes it takes to open so many connections, by the limit of open files of one.
std::uint64_t processes_for(std::uint64_t connections, const machine& here = machine::local());
// And how many of a server, which get unequal shares: the system spreads what connects by chance.
std::uint64_t server_processes_for(std::uint64_t connections, const machine& here = machine::local());

struct raised {
  open_file_limit before;
  open_file_limit now;
};

// Lifts this process's soft limit of open files to its hard one, which needs no right.
result<raised> raise_open_files(const machine& here = machine::local());

}  // namespace peregrine::doctor
