#include "peregrine/chat/stop_signals.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace peregrine::chat {

stop_signals::stop_signals(std::function<void()> on_signal) : on_signal_(std::move(on_signal)) {
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGINT);
  sigaddset(&awaited, SIGTERM);
  descriptor_ = signalfd(-1, &awaited, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  sigprocmask(SIG_BLOCK, &awaited, &before_);
}

stop_signals::~stop_signals() {
  close(descriptor_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

result<> stop_signals::watch() {
  return reactor::current().world().add(descriptor_, EPOLLIN, poller::trigger::level, *this);
}

void stop_signals::on_ready(std::uint32_t) {
  signalfd_siginfo heard{};
  while (read(descriptor_, &heard, sizeof heard) == sizeof heard) on_signal_();
}

}  // namespace peregrine::chat
