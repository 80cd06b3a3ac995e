#include "peregrine/swarm/fleet.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/processors.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/swarm/member_process.hpp"
#include "peregrine/swarm/usage.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace peregrine::swarm {
namespace {

// In the forked process.
[[noreturn]] void become_member(pid_t parent, channel line, const options& chosen, const share& ours, const address& to,
                                std::uint32_t first, std::uint32_t id, std::uint64_t processes) try {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) std::_Exit(EXIT_FAILURE);  // it died before the line above
  share_processors(processes);
  live_as_member_process(std::move(line), chosen, ours, to, first, id);
} catch (const std::exception& wrong) {
  log::error("swarm", "A process of the swarm could not start: {}", wrong.what());
  std::_Exit(EXIT_FAILURE);
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return fmt::format("was ended by signal {} ({})", number, strsignal(number));
  }
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

result<fleet> fleet::start(const options& chosen, const std::vector<share>& shares, const address& to, std::uint32_t id,
                           on_progress progressed) {
  fleet started(std::move(progressed));
  started.members_.reserve(shares.size());
  std::fflush(nullptr);  // or each process would print what is buffered here once more
  const auto parent = getpid();
  std::uint64_t first = 0;
  for (const auto& each : shares) {
    auto [ours, theirs] = channel::make_pair();
    const auto process = fork();
    if (process < 0) return failure{fmt::format("no process could be started: {}", std::strerror(errno)), errno};
    if (process == 0) {
      {
        const auto not_mine = std::move(ours);
      }
      // The lines to the processes that were started before: their end must be seen when the parent goes.
      for (auto& other : started.members_) const auto not_mine = std::move(other.line);
      become_member(parent, std::move(theirs), chosen, each, to, static_cast<std::uint32_t>(first), id, shares.size());
    }
    started.members_.push_back({process, std::move(ours), true, {}, {}});
    first += each.count;
  }
  return started;
}

fleet::~fleet() {
  for (auto& each : members_) {
    if (!each.is_alive) continue;
    kill(each.process, SIGKILL);
    waitpid(each.process, nullptr, 0);
  }
}

void fleet::tell_all(std::string_view kind, json content) {
  const auto said = packet(kind, std::move(content));
  for (auto& each : members_) {
    if (each.is_alive) each.line.send(said);
  }
}

bool fleet::tell_a_live_one(std::string_view kind, json content) {
  const auto found = std::ranges::find_if(
      members_, [](const member& each) { return each.is_alive && each.reached.opened > each.reached.lost; });
  if (found == members_.end()) return false;
  return found->line.send(packet(kind, std::move(content)));
}

fleet::outcome fleet::wait_for(std::string_view kind, std::uint64_t deadline, std::size_t wanted) {
  return wait_until(deadline, [this, kind, wanted] {
    const auto alive = static_cast<std::size_t>(std::ranges::count_if(members_, &member::is_alive));
    const auto answered = static_cast<std::size_t>(std::ranges::count_if(
        members_, [kind](const member& each) { return each.is_alive && each.said.contains(kind); }));
    return answered >= std::min(wanted, alive);
  });
}

fleet::outcome fleet::wait_for_nobody(std::uint64_t deadline) {
  return wait_until(deadline, [this] {
    const auto all = reached();
    return all.lost >= all.opened;
  });
}

fleet::outcome fleet::wait_until(std::uint64_t deadline, const std::function<bool()>& has_come) {
  std::vector<pollfd> watched;
  while (true) {
    if (has_come()) return outcome::all;
    const auto now = monotonic_now();
    if (now >= deadline) return outcome::deadline;

    watched.assign(1, {interruption_->descriptor(), POLLIN, 0});
    for (const auto& each : members_) watched.push_back({each.is_alive ? each.line.descriptor() : -1, POLLIN, 0});
    const auto left = std::min<std::uint64_t>((deadline - now + 999'999) / 1'000'000, 1'000);
    poll(watched.data(), watched.size(), static_cast<int>(left));
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (watched[i + 1].revents != 0) hear(members_[i]);
    }
    if (watched[0].revents != 0 && interruption_->take() != 0 && !std::exchange(was_interrupted_, true)) {
      return outcome::interrupted;
    }
  }
}

void fleet::hear(member& each) {
  while (true) {
    auto [what, said] = each.line.receive();
    if (what == channel::state::nothing_yet) return;
    if (what == channel::state::ended) {
      bury(each);
      return;
    }
    const auto kind = said.at("kind").get<std::string>();
    if (kind == "progress") {
      each.reached = {said.at("opened"), said.at("failed"), said.at("lost"), said.at("bytes")};
      progressed_(reached(), said.at("at"));
    } else {
      each.said[kind] = std::move(said);
    }
  }
}

void fleet::bury(member& each) {
  each.is_alive = false;
  int status = 0;
  waitpid(each.process, &status, 0);
  if (each.said.contains("finished")) return;
  const auto with_it = each.reached.opened - std::min(each.reached.opened, each.reached.lost);
  lost_with_processes_ += with_it;
  each.reached.lost += with_it;
  each.reached.bytes = 0;
  log::error("swarm", "process {} of the swarm {}, and with it went {} connections", each.process, describe_end(status),
             print_count(with_it));
}

std::vector<json> fleet::take(std::string_view kind) {
  std::vector<json> taken;
  for (auto& each : members_) {
    const auto found = each.said.find(kind);
    if (found == each.said.end()) continue;
    taken.push_back(std::move(found->second));
    // The last word stays, as the sign that the process was to end.
    if (kind != "finished") each.said.erase(found);
  }
  return taken;
}

fleet::progress fleet::reached() const noexcept {
  progress all;
  for (const auto& each : members_) {
    all.opened += each.reached.opened;
    all.failed += each.reached.failed;
    all.lost += each.reached.lost;
    all.bytes += each.reached.bytes;
  }
  return all;
}

}  // namespace peregrine::swarm
