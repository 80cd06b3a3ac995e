#include "peregrine/runtime/poller.hpp"

#include <sched.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace peregrine {

namespace {

class epoll_poller final : public poller {
 public:
  epoll_poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
  ~epoll_poller() override { close(epoll_); }

  result<> add(int descriptor, std::uint32_t events, trigger how, watched& who) override {
    epoll_event event{};
    event.events = events | (how == trigger::edge ? static_cast<std::uint32_t>(EPOLLET) : 0);
    event.data.ptr = &who;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0) return {};
    return failure{std::string("epoll takes no more descriptors: ") + std::strerror(errno) +
                       (errno == ENOSPC ? "; raise the limit with: sysctl -w fs.epoll.max_user_watches=4000000" : ""),
                   errno};
  }

  void rearm(int descriptor, std::uint32_t events, watched& who) noexcept override {
    epoll_event event{};
    event.events = events | static_cast<std::uint32_t>(EPOLLET);
    event.data.ptr = &who;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
  }

  void remove(int descriptor) noexcept override { epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr); }

  std::span<const ready> wait(int timeout) override {
    int count = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), timeout);
    if (count < 0) count = 0;  // EINTR: a turn in which nothing was ready
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      ready_[i] = {static_cast<watched*>(events_[i].data.ptr), events_[i].events};
    }
    return {ready_.data(), static_cast<std::size_t>(count)};
  }

  void let_others_first() noexcept override { sched_yield(); }

  std::uint64_t now() const noexcept override {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
  }

 private:
  static constexpr std::size_t batch = 256;  // few enough that a turn stays well under 10 ms, enough to gather in

  int epoll_;
  std::array<epoll_event, batch> events_{};
  std::array<ready, batch> ready_{};
};

}  // namespace

std::unique_ptr<poller> make_epoll_poller() {
  return std::make_unique<epoll_poller>();
}

}  // namespace peregrine
