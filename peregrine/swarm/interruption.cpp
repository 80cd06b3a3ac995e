#include "peregrine/swarm/interruption.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace peregrine::swarm {

interruption::interruption() {
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  descriptor_ = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  sigprocmask(SIG_BLOCK, &ours, &before_);
}

interruption::~interruption() {
  has_come();  // a second one, meant for what is being ended anyway, does not end the program behind us
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  close(descriptor_);
}

bool interruption::has_come() noexcept {
  signalfd_siginfo taken{};
  while (read(descriptor_, &taken, sizeof taken) == static_cast<ssize_t>(sizeof taken)) has_come_ = true;
  return has_come_;
}

}  // namespace peregrine::swarm
