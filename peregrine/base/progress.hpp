// A bar on a terminal, in the seed's manner; nothing where there is none.
//
//   28012.4 connections/s [==========                ] 40001/100000 (1.43s/2.14s)
//
// Redrawn at most ten times a second, out of the way of log lines, gone at the end. The clock is the caller's. One at a
// time in a process, since it is the log's overlay while it lives.
#pragma once

#include "peregrine/base/log.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace peregrine {

class progress final : log::overlay {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // `unit` in the plural: "connections". Draws on standard error if that is a terminal.
  progress(std::string_view unit, std::uint64_t total, time_point now);
  // Draws on `out` if `visible`.
  progress(std::string_view unit, std::uint64_t total, time_point now, std::FILE* out, bool visible);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  void update(std::uint64_t done, time_point now);
  void finish() noexcept;  // takes the bar away; further updates draw nothing

 private:
  void hide() override;
  void show() override;

  std::string unit_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  time_point started_;
  time_point drawn_at_;
  std::string bar_;  // as it was last drawn; empty before the first time
  std::FILE* out_;
  bool visible_;
};

// The bar itself, `width` columns at most (never fewer than its figures need).
std::string draw_progress(std::string_view unit, std::uint64_t done, std::uint64_t total,
                          std::chrono::nanoseconds elapsed, std::size_t width);

}  // namespace peregrine
