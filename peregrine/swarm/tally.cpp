#include "peregrine/swarm/tally.hpp"

#include <algorithm>

namespace peregrine::swarm {
namespace {

// Of times of which 0 means that there is none.
std::uint64_t earlier(std::uint64_t a, std::uint64_t b) noexcept {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

}  // namespace

std::uint64_t opening_tally::failures() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [reason, counted] : failed) sum += counted.count;
  return sum;
}

void opening_tally::merge(const opening_tally& other) {
  opened += other.opened;
  for (const auto& [reason, counted] : other.failed) {
    auto& ours = failed[reason];
    ours.count += counted.count;
    if (ours.explanation.empty()) ours.explanation = counted.explanation;
  }
  handshake.merge(other.handshake);
  carriers += other.carriers;
  began = earlier(began, other.began);
  ended = std::max(ended, other.ended);
  cpu += other.cpu;
  user_bytes += other.user_bytes;
  is_saturated = is_saturated || other.is_saturated;
}

void hearing_tally::merge(const hearing_tally& other) {
  delivered += other.delivered;
  duplicates += other.duplicates;
  last = std::max(last, other.last);
  latency.merge(other.latency);
}

void echo_tally::merge(const echo_tally& other) {
  sent += other.sent;
  received += other.received;
  began = earlier(began, other.began);
  ended = std::max(ended, other.ended);
  latency.merge(other.latency);
}

std::uint64_t closing_tally::losses() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [code, count] : lost) sum += count;
  return sum;
}

void closing_tally::merge(const closing_tally& other) {
  for (const auto& [code, count] : other.lost) lost[code] += count;
  cpu += other.cpu;
}

}  // namespace peregrine::swarm
