#include "peregrine/journey/kernel_memory.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>

namespace peregrine::journey {
namespace {

// Live objects times their size, over all caches (slabinfo(5)). 0 if it may not be read.
std::uint64_t live_objects(const std::string& proc) {
  std::ifstream file(proc + "/slabinfo");
  std::uint64_t sum = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("slabinfo") || line.starts_with('#')) continue;
    std::istringstream columns(line);
    std::string name;
    std::uint64_t live = 0, all = 0, size = 0;
    if (columns >> name >> live >> all >> size) sum += live * size;
  }
  return sum;
}

std::uint64_t all_slabs(const std::string& proc) {
  std::ifstream file(proc + "/meminfo");
  constexpr std::string_view name = "Slab:";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
  }
  return 0;
}

// "TCP: inuse 1 orphan 0 tw 849 alloc 1 mem 296", the last in pages.
std::uint64_t tcp_buffers(const std::string& proc) {
  std::ifstream file(proc + "/net/sockstat");
  for (std::string line; std::getline(file, line);) {
    const auto place = line.find(" mem ");
    if (!line.starts_with("TCP:") || place == std::string::npos) continue;
    return std::stoull(line.substr(place + 5)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  return 0;
}

}  // namespace

std::string kernel_memory::source() const {
  return counts_live_alone ? "live objects of /proc/slabinfo and TCP's memory of /proc/net/sockstat"
                           : "Slab of /proc/meminfo and TCP's memory of /proc/net/sockstat";
}

kernel_memory measure_kernel(const std::string& proc) {
  kernel_memory found;
  found.objects = live_objects(proc);
  found.counts_live_alone = found.objects > 0;
  if (!found.counts_live_alone) found.objects = all_slabs(proc);
  found.buffers = tcp_buffers(proc);
  return found;
}

}  // namespace peregrine::journey
