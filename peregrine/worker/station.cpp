#include "peregrine/worker/station.hpp"

#include "peregrine/runtime/reactor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace peregrine::worker {

namespace {

constexpr const char* variable = "PEREGRINE_PLACE";

const char* name_of(role what) noexcept {
  switch (what) {
    case role::exchange:
      return "exchange";
    case role::admin:
      return "admin";
    case role::worker:
      break;
  }
  return "worker";
}

std::uint64_t number_behind(std::string_view word, const std::string& said) noexcept {
  std::uint64_t number = 0;
  std::from_chars(said.data() + word.size(), said.data() + said.size(), number);
  return number;
}

}  // namespace

// A line of words, and behind it the terms as they are.
std::string station::to_environment(const place& given, int descriptor) {
  return fmt::format("{}={} {} {} {}\n{}", variable, name_of(given.what), given.number, descriptor,
                     given.is_reload ? "reload" : "start", given.terms);
}

std::unique_ptr<station> station::from_environment() {
  const char* const told = std::getenv(variable);
  if (!told) return nullptr;
  const std::string whole(told);
  unsetenv(variable);
  char what[16];
  char why[16] = "";
  unsigned long long number = 0;
  int descriptor = -1;
  const bool is_one = std::sscanf(whole.c_str(), "%15s %llu %d %15s", what, &number, &descriptor, why) >= 3;
  if (!is_one || fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) return nullptr;
  place given{.number = number, .is_reload = std::string_view(why) == "reload", .terms = {}};
  for (const auto each : {role::exchange, role::admin}) {
    if (std::string_view(what) == name_of(each)) given.what = each;
  }
  if (const auto end = whole.find('\n'); end != std::string::npos) given.terms = whole.substr(end + 1);
  return std::make_unique<station>(std::move(given), channel(descriptor));
}

void station::report_ready(std::chrono::milliseconds leave) const {
  line_.send(fmt::format("ready {}", leave.count()));
}

std::optional<std::chrono::milliseconds> station::read_ready(std::string_view said) {
  constexpr std::string_view ready = "ready ";
  std::int64_t time = 0;
  if (!said.starts_with(ready)) return std::nullopt;
  const auto [end, wrong] = std::from_chars(said.data() + ready.size(), said.data() + said.size(), time);
  if (wrong != std::errc() || time < 0) return std::nullopt;
  return std::chrono::milliseconds(time);
}

result<station::tools> station::receive_tools() {
  auto got = line_.receive(true);
  constexpr std::string_view start = "start ";
  if (got.what != channel::state::said || !got.said.starts_with(start) || got.files.size() < 5) {
    return failure{"the supervisor of this worker is gone before the worker has begun"};
  }
  tools given{{got.files[0], got.files[1]},
              got.files[2],
              got.files[3],
              got.files[4],
              number_behind(start, got.said),
              {got.files.begin() + 5, got.files.end()}};
  return given;
}

result<> station::watch(bus_taker on_bus, std::function<void()> on_end) {
  on_bus_ = std::move(on_bus);
  on_end_ = std::move(on_end);
  return reactor::current().world().add(line_.descriptor(), EPOLLIN, poller::trigger::level, *this);
}

void station::on_ready(std::uint32_t) {
  auto got = line_.receive();
  if (got.what == channel::state::ended) {
    reactor::current().world().remove(line_.descriptor());
    on_end_();
    return;
  }
  if (got.what != channel::state::said) return;
  constexpr std::string_view bus = "bus ";
  if (got.said.starts_with(bus) && got.files.size() == 2) {
    on_bus_({got.files[0], got.files[1]}, number_behind(bus, got.said));
    return;
  }
  for (const int each : got.files) ::close(each);
}

}  // namespace peregrine::worker
