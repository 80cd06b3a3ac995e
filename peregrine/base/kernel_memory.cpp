#include "peregrine/base/kernel_memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string_view>

namespace peregrine {
namespace {

struct cache {
  std::string_view name;  // as in /proc/slabinfo
  std::string_view line;
};

// What there is of each connection. Several caches are one line.
constexpr std::array caches{
    cache{"TCP", "TCP sockets"},
    cache{"TCPv6", "TCP sockets"},
    cache{"sock_inode_cache", "inodes of sockets"},
    cache{"filp", "open files"},
    cache{"dentry", "entries of directories, one for each socket"},
    cache{"eventpoll_epi", "entries of epoll"},
    cache{"eventpoll_pwq", "entries of epoll"},
    cache{"request_sock_TCP", "handshakes of TCP"},
    cache{"request_sock_TCPv6", "handshakes of TCP"},
    cache{"tw_sock_TCP", "TCP connections that were closed"},
    cache{"tw_sock_TCPv6", "TCP connections that were closed"},
};
constexpr std::string_view others = "other objects";
constexpr std::string_view buffers = "data in TCP's buffers";

std::vector<ledger_line> empty_lines() {
  std::vector<ledger_line> lines;
  for (const auto& each : caches) {
    if (lines.empty() || lines.back().name != each.line) {
      lines.push_back({std::string(each.line), owner::kernel, 0, 0, each.line.data()});
    }
  }
  for (const auto name : {others, buffers}) {
    lines.push_back({std::string(name), owner::kernel, 0, 0, name.data()});
  }
  return lines;
}

ledger_line& line_of(std::vector<ledger_line>& lines, std::string_view name) {
  return *std::ranges::find(lines, name, &ledger_line::name);
}

// "name live all size …" (slabinfo(5)).
void add_cache(std::vector<ledger_line>& lines, std::string_view row) {
  std::array<std::string_view, 4> columns;
  for (auto& each : columns) {
    row.remove_prefix(std::min(row.find_first_not_of(' '), row.size()));
    each = row.substr(0, row.find(' '));
    row.remove_prefix(each.size());
  }
  std::uint64_t live = 0, size = 0;
  std::from_chars(columns[1].begin(), columns[1].end(), live);
  std::from_chars(columns[3].begin(), columns[3].end(), size);
  const auto* known = std::ranges::find(caches, columns[0], &cache::name);
  auto& line = line_of(lines, known == caches.end() ? others : known->line);
  line.objects += live;
  line.bytes += static_cast<std::int64_t>(live * size);
}

// Live objects, over all caches. False if they may not be read.
bool read_live_objects(const std::string& proc, std::vector<ledger_line>& lines) {
  std::ifstream file(proc + "/slabinfo");
  bool is_read = false;
  for (std::string row; std::getline(file, row);) {
    if (row.starts_with("slabinfo") || row.starts_with('#')) continue;
    add_cache(lines, row);
    is_read = true;
  }
  return is_read;
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
  found.lines = empty_lines();
  found.counts_live_alone = read_live_objects(proc, found.lines);
  if (!found.counts_live_alone) line_of(found.lines, others).bytes = static_cast<std::int64_t>(all_slabs(proc));
  for (const auto& each : found.lines) found.objects += static_cast<std::uint64_t>(each.bytes);
  found.buffers = tcp_buffers(proc);
  line_of(found.lines, buffers).bytes = static_cast<std::int64_t>(found.buffers);
  return found;
}

}  // namespace peregrine
