#include "peregrine/swarm/alarm.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace peregrine::swarm {

alarm::alarm(std::function<void()> ring)
    : ring_(std::move(ring)), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (timer_ < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
  if (const auto added = reactor::current().world().add(timer_, EPOLLIN, poller::trigger::level, *this); !added) {
    close(timer_);
    throw std::system_error(added.error().code, std::generic_category(), "epoll");
  }
}

alarm::~alarm() {
  close(timer_);
}

void alarm::set(std::uint64_t time) noexcept {
  time = std::max<std::uint64_t>(time, 1);  // 0 would put it off
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(time / 1'000'000'000);
  when.it_value.tv_nsec = static_cast<long>(time % 1'000'000'000);
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
}

void alarm::on_ready(std::uint32_t) {
  std::uint64_t expiries = 0;
  if (read(timer_, &expiries, sizeof expiries) > 0) ring_();
}

}  // namespace peregrine::swarm
