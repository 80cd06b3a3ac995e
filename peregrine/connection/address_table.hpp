// How many places each address has taken, in memory that several processes share without a lock: none of them, stopped
// or killed, holds up another.
//
//     bucket of 16 words, by the first 17 bits of a number's hash:  │ word │ word │ … │
//     a word:  what is left of the hash 47 bits │ places 17 bits       0: free
//
// The hash is a permutation, so that bucket and word together are the number itself. A word is changed as a whole, and
// free as soon as its count is 0.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace peregrine {

class address_table {
 public:
  static constexpr std::uint32_t most_places = 100'000;  // that one address may be allowed

  enum class outcome : std::uint8_t {
    taken,
    at_limit,
    untold,  // its bucket is full: of two million addresses some are not counted, and let in
  };
  struct entry {
    outcome what;
    std::uint32_t where = 0;  // to be given back there
  };

  // `network` is address::network(); `seed` keeps those who choose their address from choosing their bucket. It is the
  // same in all processes.
  entry take(std::uint64_t network, std::uint64_t seed, std::uint32_t limit) noexcept;
  void give_back(std::uint32_t where, std::uint32_t places) noexcept;

  // One more at a word that is held already; false: that would be beyond the limit.
  bool take_more(std::uint32_t where, std::uint32_t limit) noexcept;

  std::uint32_t places(std::uint64_t network, std::uint64_t seed) const noexcept;

 private:
  static constexpr std::size_t buckets = std::size_t{1} << 17U;
  static constexpr std::size_t words = 16;
  using word = std::atomic<std::uint64_t>;
  static_assert(word::is_always_lock_free, "it is shared between processes");
  struct alignas(128) bucket {
    std::array<word, words> all;
  };

  std::array<bucket, buckets> buckets_;  // zero from the start: 16 MiB, of which only what is touched is there
};

}  // namespace peregrine
