#include "peregrine/base/ledger.hpp"

#include "peregrine/base/heap_account.hpp"
#include "peregrine/base/slab.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string_view>

namespace peregrine {

namespace {

// What stands before each block of the heap: its size (malloc(3), glibc).
constexpr std::int64_t block_header = 8;

// Lines that have no object of their own to be known by.
constexpr char slack_of_slabs = 0;
constexpr char headers_of_blocks = 0;
constexpr char rest_of_heap = 0;

constexpr std::uint64_t quick = std::uint64_t{32} * 1024 * 1024;  // bytes to be looked through in 3 ms

std::uint64_t growth(std::uint64_t from, std::uint64_t to) noexcept {
  return to > from ? to - from : 0;
}

void add_slabs(std::vector<ledger_line>& lines) {
  std::int64_t slack = 0;
  for (const auto* each : slab::all()) {
    const auto bytes = static_cast<std::int64_t>(each->live() * each->object_size());
    lines.push_back({each->name(), owner::peregrine, each->live(), bytes, each});
    slack += static_cast<std::int64_t>(each->reserved()) - bytes;
  }
  lines.push_back({"free places in slabs", owner::allocator, 0, slack, &slack_of_slabs});
}

void add_heap(std::vector<ledger_line>& lines, look how) {
  std::int64_t blocks = 0;
  std::int64_t in_heap = 0;
  for (const auto* each = heap_account::first(); each; each = each->next()) {
    const auto bytes = static_cast<std::int64_t>(each->bytes());
    lines.push_back({each->name(), each->whose(), each->blocks(), bytes, each});
    blocks += static_cast<std::int64_t>(each->blocks());
    in_heap += bytes - static_cast<std::int64_t>(each->mapped_bytes());
  }
  const auto headers = blocks * block_header;
  lines.push_back({"headers of the heap's blocks", owner::allocator, 0, headers, &headers_of_blocks});
  // Negative where more was taken than was written to: what nobody has written to is no memory yet.
  static heap_survey survey;
  const auto heap = heap_now();
  const auto resident = static_cast<std::int64_t>(how == look::thorough ? heap.resident() : survey.resident(heap));
  lines.push_back({"the heap's rest: free, less what was taken and never written to", owner::allocator, 0,
                   resident - in_heap - headers, &rest_of_heap});
}

}  // namespace

std::vector<ledger_line> read_ledger(look how) {
  std::vector<ledger_line> lines;
  add_slabs(lines);
  add_heap(lines, how);
  return lines;
}

process_memory measure_memory() {
  process_memory found;
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string line; std::getline(file, line);) {
    const auto value = [&line](std::string_view name) {
      return line.starts_with(name) ? std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024 : 0;
    };
    found.anonymous += value("Pss_Anon:");
    found.files += value("Pss_File:");
    found.shared += value("Pss_Shmem:");
  }
  return found;
}

process_memory count_memory(const process_memory& before) {
  std::uint64_t size = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  return {growth(shared, resident) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)), before.files, before.shared};
}

process_memory read_memory(const process_memory& before) {
  const auto counted = count_memory(before);
  if (counted.anonymous > quick) return counted;
  const auto measured = measure_memory();
  return measured.anonymous > 0 ? measured : counted;
}

}  // namespace peregrine
