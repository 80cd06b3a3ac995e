#pragma once

#include <sys/types.h>

#include <cstdint>

namespace bench {

// Bytes, as /proc/PID/smaps_rollup tells them.
struct process_memory {
  std::int64_t rss = 0;
  std::int64_t pss = 0;
  std::int64_t private_bytes = 0;  // clean and dirty: what would be free if the process were gone
};

// The process under measurement, seen from outside, by its id.
class server_process {
 public:
  explicit server_process(pid_t pid);

  // Nanoseconds on a CPU since it started, all of its threads together, kernel time included. Exact while it does not
  // run.
  std::int64_t cpu() const;

  // cpu(), once it has stayed the same for 10 ms; or after five seconds in any case, for a server that is never idle.
  std::int64_t cpu_when_idle() const;

  process_memory memory() const;

  // While it lives, none of the process's threads runs.
  class held {
   public:
    explicit held(const server_process&);
    ~held();
    held(const held&) = delete;
    held& operator=(const held&) = delete;

   private:
    pid_t pid_;
  };

 private:
  pid_t pid_;
};

}  // namespace bench
