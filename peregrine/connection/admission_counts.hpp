// What admission counts for a whole server: memory that all of its processes share, and that outlives each of them.
//
// Each worker writes down what it holds beside the sums. So who sees it fall takes back what it held, all but what it
// was about to write within some nanoseconds.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/connection/address_table.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace peregrine {

class admission_counts {
 public:
  // For so many processes, each with as many open files as its limit allows. Throws std::system_error where the system
  // gives no memory.
  explicit admission_counts(std::size_t processes);
  // What another process has made; takes the file.
  static result<admission_counts> adopt(int file);

  admission_counts(admission_counts&& other) noexcept;
  admission_counts& operator=(admission_counts&&) = delete;
  ~admission_counts();

  int file() const noexcept { return file_; }
  std::size_t processes() const noexcept;
  std::size_t files() const noexcept;

  // Of the process `place`, by descriptor: a word of the table in the upper half, the places taken there in the lower.
  using holding = std::atomic<std::uint64_t>;
  holding& held(std::size_t place, std::size_t socket) const noexcept;

  address_table& addresses() const noexcept;
  std::uint64_t seed() const noexcept;
  // When the next one is due, by the rate (rate_limit.hpp): on reactor::turn_began, a clock that outlives processes.
  std::atomic<std::uint64_t>& next_due() const noexcept;

  // Takes back all that the process held: it is gone.
  void clear(std::size_t place) noexcept;

 private:
  struct header;
  struct shared;

  admission_counts(int file, std::size_t size);

  int file_;
  std::size_t size_;  // bytes
  shared* memory_;
};

}  // namespace peregrine
