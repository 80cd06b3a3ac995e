#include "peregrine/http2/allowance.hpp"

#include <algorithm>

namespace peregrine::http2 {

namespace {

struct purse {
  std::int32_t size;
  std::int32_t per_second;
  std::string_view name;
};

constexpr std::int32_t most_earned = 1'000'000;

constexpr std::array<purse, 9> purses = {{
    {1000, 200, "RST_STREAM frames (rapid reset, CVE-2023-44487)"},
    {200, 20, "frames that make us reset their stream (CVE-2025-8671)"},
    {1000, 200, "streams beyond the limit"},
    {64, 4, "SETTINGS frames (CVE-2019-9515)"},
    {100, 10, "PING frames (CVE-2019-9512)"},
    {1000, 100, "PRIORITY frames (CVE-2019-9513)"},
    {200, 20, "DATA and HEADERS frames without content (CVE-2019-9518)"},
    {2000, 200, "WINDOW_UPDATE frames for windows that are open (CVE-2019-9517)"},
    {1000, 100, "frames that say nothing: GOAWAY again, or of unknown types"},
}};

}  // namespace

bool allowance::spend(expense kind, std::uint64_t now) noexcept {
  refill(now);
  const auto index = static_cast<std::size_t>(kind);
  if (spent_[index] >= purses[index].size) return false;
  ++spent_[index];
  return true;
}

void allowance::earn(expense kind, std::int32_t count) noexcept {
  auto& spent = spent_[static_cast<std::size_t>(kind)];
  spent = std::max(spent - count, -most_earned);
}

void allowance::refill(std::uint64_t now) noexcept {
  const auto second = static_cast<std::uint32_t>(now / 1000);
  if (second == refilled_) return;
  const std::int64_t passed = second - refilled_;
  refilled_ = second;
  for (std::size_t i = 0; i < kinds; ++i) {
    if (spent_[i] > 0) {
      spent_[i] = static_cast<std::int32_t>(std::max<std::int64_t>(spent_[i] - passed * purses[i].per_second, 0));
    }
  }
}

std::string_view allowance::name_of(expense kind) noexcept {
  return purses[static_cast<std::size_t>(kind)].name;
}

}  // namespace peregrine::http2
