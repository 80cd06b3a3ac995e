#include "peregrine/connection/address_table.hpp"

namespace peregrine {

namespace {

constexpr unsigned count_bits = 17;  // the bucket has told as many of the hash
constexpr std::uint64_t count_mask = (std::uint64_t{1} << count_bits) - 1;
static_assert(address_table::most_places <= count_mask);

// A permutation of 64 bits (the finalizer of MurmurHash3).
std::uint64_t mixed(std::uint64_t number) noexcept {
  number ^= number >> 33U;
  number *= 0xff51afd7ed558ccdULL;
  number ^= number >> 33U;
  number *= 0xc4ceb9fe1a85ec53ULL;
  number ^= number >> 33U;
  return number;
}

struct found {
  std::size_t bucket;
  std::uint64_t rest;  // a word without its count
};

found place_of(std::uint64_t network, std::uint64_t seed) noexcept {
  const auto hash = mixed(network ^ seed);
  return {static_cast<std::size_t>(hash >> (64 - count_bits)), hash << count_bits};
}

constexpr std::uint64_t rest_of(std::uint64_t word) noexcept {
  return word & ~count_mask;
}

}  // namespace

address_table::entry address_table::take(std::uint64_t network, std::uint64_t seed, std::uint32_t limit) noexcept {
  const auto [number, rest] = place_of(network, seed);
  auto& all = buckets_[number].all;
  while (true) {
    // Two processes may have made a word each for one address, where another became free between their looks: what
    // counts is the sum.
    std::uint64_t sum = 0;
    std::size_t own = words;
    std::size_t free = words;
    for (std::size_t i = words; i-- > 0;) {
      const auto now = all[i].load();
      if (now == 0) {
        free = i;
      } else if (rest_of(now) == rest) {
        own = i;
        sum += now & count_mask;
      }
    }
    if (sum >= limit) return {outcome::at_limit};
    const auto chosen = own < words ? own : free;
    if (chosen == words) return {outcome::untold};
    auto now = all[chosen].load();
    if (own < words ? rest_of(now) != rest || (now & count_mask) > sum : now != 0) continue;
    if (!all[chosen].compare_exchange_strong(now, rest + (now & count_mask) + 1)) continue;
    const auto where = static_cast<std::uint32_t>(number * words + chosen);
    if (places(network, seed) <= limit) return {outcome::taken, where};
    give_back(where, 1);
  }
}

bool address_table::take_more(std::uint32_t where, std::uint32_t limit) noexcept {
  auto& held = buckets_[where / words].all[where % words];
  const auto rest = rest_of(held.load());
  while (true) {
    std::uint64_t sum = 0;
    auto now = held.load();
    for (const auto& each : buckets_[where / words].all) {
      const auto other = &each == &held ? now : each.load();
      if (rest_of(other) == rest) sum += other & count_mask;
    }
    if (sum >= limit) return false;
    if (held.compare_exchange_strong(now, now + 1)) return true;
  }
}

void address_table::give_back(std::uint32_t where, std::uint32_t places) noexcept {
  auto& held = buckets_[where / words].all[where % words];
  auto now = held.load();
  while (!held.compare_exchange_weak(now, (now & count_mask) > places ? now - places : 0)) {
  }
}

std::uint32_t address_table::places(std::uint64_t network, std::uint64_t seed) const noexcept {
  const auto [number, rest] = place_of(network, seed);
  std::uint64_t sum = 0;
  for (const auto& each : buckets_[number].all) {
    const auto now = each.load();
    if (rest_of(now) == rest) sum += now & count_mask;
  }
  return static_cast<std::uint32_t>(sum);
}

}  // namespace peregrine
