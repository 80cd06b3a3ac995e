// How much of what costs us and carries nothing a peer may send: each kind has a purse that fills slowly, and a peer
// that empties one is told to calm down (RFC 9113 §10.5). What honest clients do stays far below.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace peregrine::http2 {

enum class expense : std::uint8_t {
  reset,          // RST_STREAM: "rapid reset", CVE-2023-44487
  provoked,       // a frame for which we must reset a stream: "made you reset", CVE-2025-8671
  refused,        // a stream beyond the limit
  settings,       // CVE-2019-9515
  ping,           // CVE-2019-9512
  priority,       // CVE-2019-9513, with priority updates
  empty,          // DATA without content, and HEADERS that open no stream: CVE-2019-9518
  window_update,  // beyond those that our own DATA calls for: CVE-2019-9511, CVE-2019-9517
  useless,        // what nobody has to answer: GOAWAY again, frames of unknown types
};

class allowance {
 public:
  // Takes one out of the purse, at `now` in milliseconds; false: it was empty.
  bool spend(expense kind, std::uint64_t now) noexcept;

  // What we sent allows the peer as many more, whenever they come.
  void earn(expense kind, std::int32_t count) noexcept;

  // For the log: "RST_STREAM frames (rapid reset, CVE-2023-44487)".
  static std::string_view name_of(expense kind) noexcept;

 private:
  static constexpr std::size_t kinds = 9;

  void refill(std::uint64_t now) noexcept;

  std::array<std::int32_t, kinds> spent_{};  // of each kind, less what time has forgiven; below zero: earned
  std::uint32_t refilled_ = 0;               // second
};

}  // namespace peregrine::http2
