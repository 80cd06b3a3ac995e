#include "peregrine/base/progress.hpp"

#include "peregrine/base/units.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace peregrine {
namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);

std::size_t columns(std::FILE* out) {
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

std::string draw_progress(std::string_view unit, std::uint64_t done, std::uint64_t total,
                          std::chrono::nanoseconds elapsed, std::size_t width) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const auto remaining = static_cast<double>(total - std::min(done, total));
  // Before anything is done nobody knows the end; past a thousand hours nobody asks.
  const double left = rate > 0 ? remaining / rate : 0;
  const auto eta =
      rate > 0 && left < 3.6e6
          ? print_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(left)))
          : std::string("?");

  const auto before = fmt::format("{:.1f} {}/s ", rate, unit);
  const auto after = fmt::format(" {}/{} ({}/{})", done, total, print_duration(elapsed), eta);
  const auto figures = before.size() + after.size();
  if (figures + 2 >= width) return before + after.substr(1);

  const auto cells = width - figures - 2;
  const auto part = total > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total)) : 1.0;
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(cells));
  return fmt::format("{}[{:=<{}}{: <{}}]{}", before, "", filled, "", cells - filled, after);
}

progress::progress(std::string_view unit, std::uint64_t total, time_point now)
    : progress(unit, total, now, stderr, isatty(STDERR_FILENO) != 0) {}

progress::progress(std::string_view unit, std::uint64_t total, time_point now, std::FILE* out, bool visible)
    : unit_(unit), total_(total), started_(now), drawn_at_(now), out_(out), visible_(visible) {
  if (visible_) log::set_overlay(this);
}

progress::~progress() {
  finish();
}

void progress::update(std::uint64_t done, time_point now) {
  done_ = done;
  if (!visible_) return;
  if (!bar_.empty() && now - drawn_at_ < redraw_interval) return;
  drawn_at_ = now;
  // The last column stays free, or some terminals go to the next line.
  bar_ = draw_progress(unit_, done_, total_, now - started_, columns(out_) - 1);
  show();
}

void progress::finish() noexcept {
  if (!visible_) return;
  hide();
  visible_ = false;
  log::set_overlay(nullptr);
}

void progress::hide() {
  if (bar_.empty()) return;
  std::fputs("\r\x1b[K", out_);
  std::fflush(out_);
}

void progress::show() {
  if (bar_.empty()) return;
  std::fputs(("\r" + bar_ + "\x1b[K").c_str(), out_);
  std::fflush(out_);
}

}  // namespace peregrine
