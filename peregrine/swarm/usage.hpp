// What a process uses, as Linux tells it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace peregrine::swarm {

// Resident bytes of a process's own data (Pss_Anon of /proc/PID/smaps_rollup): without the pages of program and
// libraries, which it reads in once for all, and with its share alone of what it has in common with those that it was
// forked from. 0 if it is gone or not ours to look at.
std::uint64_t resident_data(pid_t process);

// The same by the kernel's running count: quick, and a few pages off. Nothing if it is gone.
std::optional<std::uint64_t> resident_data_about(pid_t process);

// Resident bytes of this process's own data, after what it freed was given back to the system.
std::uint64_t resident_data();

// CPU time of this process so far, user and system, in nanoseconds.
std::uint64_t cpu_time() noexcept;

// The same of another process, of its first thread alone; 0 if it is gone or the kernel does not count.
std::uint64_t cpu_time(pid_t process);

// A process's children, and theirs; it itself is not among them.
std::vector<pid_t> descendants(pid_t process);

// CLOCK_MONOTONIC in nanoseconds: one clock for all processes of a machine.
std::uint64_t monotonic_now() noexcept;

}  // namespace peregrine::swarm
