#include "peregrine/chat/line_reader.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

namespace peregrine::chat {

line_reader::~line_reader() {
  assert(!is_queued() && "destroyed between turns, paused");
  pause();
}

result<> line_reader::resume() {
  if (has_ended_ || !is_paused_) return {};
  if (!is_file_) {
    auto added = reactor::current().world().add(descriptor_, EPOLLIN, poller::trigger::level, *this);
    is_watched_ = static_cast<bool>(added);
    // EPERM: a regular file, or such as /dev/null, which is always ready (epoll_ctl(2)).
    if (!added && added.error().code != EPERM) return added;
    is_file_ = !added;
  }
  is_paused_ = false;
  if (is_file_) reactor::current().in_next_turn(*this);
  return {};
}

void line_reader::pause() noexcept {
  if (std::exchange(is_watched_, false)) reactor::current().world().remove(descriptor_);
  is_paused_ = true;
}

void line_reader::on_turn() {
  if (!is_paused_) read();
  if (!is_paused_) reactor::current().in_next_turn(*this);
}

void line_reader::read() {
  std::array<char, 16'384> piece;
  const auto count = ::read(descriptor_, piece.data(), piece.size());
  if (count > 0) {
    take({piece.data(), static_cast<std::size_t>(count)});
  } else if (count == 0) {
    end(0);
  } else if (errno != EAGAIN && errno != EINTR) {
    end(errno);
  }
}

void line_reader::take(std::string_view piece) {
  while (!piece.empty()) {
    const auto line_end = piece.find('\n');
    begun_ += piece.substr(0, line_end);
    while (begun_.size() > longest_line) {
      told_.on_line(std::string_view(begun_).substr(0, longest_line));
      begun_.erase(0, longest_line);
    }
    if (line_end == std::string_view::npos) return;
    told_.on_line(begun_);
    begun_.clear();
    piece.remove_prefix(line_end + 1);
  }
}

void line_reader::end(int code) {
  pause();
  has_ended_ = true;
  if (!begun_.empty()) told_.on_line(std::exchange(begun_, {}));
  told_.on_end_of_input(code);
}

}  // namespace peregrine::chat
