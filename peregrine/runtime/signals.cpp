#include "peregrine/runtime/signals.hpp"

#include "peregrine/runtime/reactor.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace peregrine {

signals::signals(std::initializer_list<int> heard) {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int each : heard) sigaddset(&ours, each);
  descriptor_ = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  sigprocmask(SIG_BLOCK, &ours, &before_);
}

signals::~signals() {
  while (take() != 0) {  // one more, meant for what is being ended anyway, does not end the program behind us
  }
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  close(descriptor_);
}

result<> signals::watch(std::function<void(int)> on_signal) {
  on_signal_ = std::move(on_signal);
  return reactor::current().world().add(descriptor_, EPOLLIN, poller::trigger::level, *this);
}

int signals::take() noexcept {
  signalfd_siginfo taken{};
  if (read(descriptor_, &taken, sizeof taken) != static_cast<ssize_t>(sizeof taken)) return 0;
  return static_cast<int>(taken.ssi_signo);
}

void signals::on_ready(std::uint32_t) {
  while (const int number = take()) on_signal_(number);
}

}  // namespace peregrine
