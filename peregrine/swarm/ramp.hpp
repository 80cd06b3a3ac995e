// How fast a swarm grew: the rate of each 10,000 connections, from reports that come every few milliseconds.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace peregrine::swarm {

class ramp {
 public:
  static constexpr std::uint64_t step = 10'000;

  // One that was passed: the connection that begins the next step, the rate since the first, and of the last step
  // alone.
  struct mark {
    std::uint64_t connections;  // 1, 10001, 20001, …
    double overall;             // connections per second
    double interval;
  };
  explicit ramp(std::function<void(const mark&)> passed) : passed_(std::move(passed)) {}

  // Times are in nanoseconds; between two reports the growth counts as even. `begin` says when the first was dialled.
  void begin(std::uint64_t time) noexcept {
    began_ = last_time_ = time;
    step_began_ = static_cast<double>(time);
  }
  void grow(std::uint64_t connections, std::uint64_t time);
  // Those after the last whole step count as a step of their own.
  void end(std::uint64_t time);

  const std::vector<double>& rates() const noexcept { return rates_; }  // per second, of each step

 private:
  double time_of(std::uint64_t connection, std::uint64_t connections, std::uint64_t time) const noexcept;

  std::function<void(const mark&)> passed_;
  std::uint64_t began_ = 0;
  double step_began_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t last_time_ = 0;
  std::uint64_t next_ = 1;
  std::vector<double> rates_;
};

// By how much the rates changed from the first to the last, by the straight line that fits them best (least squares):
// -0.12 is 12 % slower in the end. Nothing where fewer than three tell.
std::optional<double> trend(std::span<const double> rates);

// As much as that is still called flat.
constexpr double flat = 0.1;

}  // namespace peregrine::swarm
