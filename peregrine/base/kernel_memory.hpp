// What Linux itself spends on connections, as far as it tells.
#pragma once

#include "peregrine/base/ledger.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace peregrine {

// Of the whole machine: what others do meanwhile is in the difference of two of them.
struct kernel_memory {
  std::uint64_t objects = 0;  // bytes: sockets, files, their inodes, epoll's entries, and all others
  std::uint64_t buffers = 0;  // bytes of unread and unsent data of TCP (/proc/net/sockstat)
  bool counts_live_alone =
      false;  // `objects` is of those in use (/proc/slabinfo, for root), else of all slabs (/proc/meminfo)

  // The same, always the same lines in the same order: what a connection is made of apart from all others.
  std::vector<ledger_line> lines{};

  std::uint64_t sum() const noexcept { return objects + buffers; }
  std::string source() const;  // for a reader
};

kernel_memory measure_kernel(const std::string& proc = "/proc");

}  // namespace peregrine
