#include "peregrine/swarm/ramp.hpp"

#include <algorithm>

namespace peregrine::swarm {
namespace {

double rate(double connections, double nanoseconds) {
  return nanoseconds > 0 ? connections * 1e9 / nanoseconds : 0;
}

}  // namespace

// When the connection of that number was there, if from the last report to this one they came evenly.
double ramp::time_of(std::uint64_t connection, std::uint64_t connections, std::uint64_t time) const noexcept {
  const auto part = static_cast<double>(connection - last_) / static_cast<double>(connections - last_);
  return static_cast<double>(last_time_) + part * static_cast<double>(time - last_time_);
}

void ramp::grow(std::uint64_t connections, std::uint64_t time) {
  time = std::max(time, last_time_);  // processes report in no order
  while (next_ <= connections) {
    const auto there = time_of(next_, connections, time);
    const auto overall = rate(static_cast<double>(next_), there - static_cast<double>(began_));
    auto interval = overall;
    if (next_ > 1) {
      interval = rate(static_cast<double>(step), there - step_began_);
      rates_.push_back(interval);
      step_began_ = there;
    }
    passed_({next_, overall, interval});
    next_ += step;
  }
  if (connections > last_) {
    last_ = connections;
    last_time_ = time;
  }
}

void ramp::end(std::uint64_t time) {
  const auto whole = rates_.size() * step;
  if (last_ <= whole) return;
  // A rest of one is but the mark of the step before it.
  if (last_ - whole == 1 && whole > 0) return;
  rates_.push_back(rate(static_cast<double>(last_ - whole), static_cast<double>(time) - step_began_));
}

std::optional<double> trend(std::span<const double> rates) {
  if (rates.size() < 3) return std::nullopt;
  const auto count = static_cast<double>(rates.size());
  const auto middle = (count - 1) / 2;
  double mean = 0, upwards = 0, squares = 0;
  for (const auto rate : rates) mean += rate / count;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto along = static_cast<double>(i) - middle;
    upwards += along * (rates[i] - mean);
    squares += along * along;
  }
  const auto slope = upwards / squares;
  const auto first = mean - slope * middle;
  if (!(first > 0)) return std::nullopt;
  return slope * (count - 1) / first;
}

}  // namespace peregrine::swarm
