#include "peregrine/swarm/member_process.hpp"

#include "peregrine/base/processors.hpp"
#include "peregrine/doctor/limits.hpp"
#include "peregrine/swarm/crowd.hpp"
#include "peregrine/swarm/echo.hpp"
#include "peregrine/swarm/opener.hpp"
#include "peregrine/swarm/usage.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace peregrine::swarm {
namespace {

constexpr reactor::duration progress_interval{50};
constexpr std::uint32_t longest_message = 16 * 1024 * 1024;  // whatever a server has to say

connection_options limits_of(const options& chosen) {
  connection_options limits;
  limits.reader.max_message = longest_message;
  limits.ping_interval = chosen.ping;
  limits.idle_timeout = chosen.ping.count() > 0 ? chosen.ping + chosen.timeout : chosen.ping;
  limits.close_timeout = time_to_part(chosen.count);
  return limits;
}

class member_process final : private watched, private event_target {
 public:
  member_process(channel parent, const options& chosen, const share& ours, const address& to, std::uint32_t first,
                 std::uint32_t swarm)
      : parent_(std::move(parent)),
        chosen_(chosen),
        ours_(ours),
        home_(limits_of(chosen)),
        voice_(swarm),
        crowd_(voice_, first, ours.active,
               {.all_heard = [this] { report_heard(); },
                .own_echo =
                    [this](std::size_t member, std::uint64_t time) {
                      if (echo_) echo_->hear(member, time);
                    },
                .active_lost =
                    [this](std::size_t member) {
                      if (echo_) echo_->lose(member);
                    }}),
        opener_(
            chosen, ours, to, home_, [this](connection_ptr opened) { crowd_.add(std::move(opened)); },
            [this] { report_opened(); }) {
    if (!loop_.world().add(parent_.descriptor(), EPOLLIN, poller::trigger::level, *this)) std::_Exit(EXIT_FAILURE);
  }

  [[noreturn]] void run() {
    bytes_before_ = resident_data();
    bytes_about_before_ = resident_data_about(getpid()).value_or(0);
    cpu_before_ = cpu_time();
    loop_.set_timeout(*this, progress_interval);
    opener_.start();
    loop_.run();
    std::_Exit(EXIT_SUCCESS);
  }

 private:
  void tell(std::string_view kind, json content = json::object()) {
    if (!parent_.send(packet(kind, std::move(content)))) std::_Exit(EXIT_FAILURE);  // nobody is left to work for
  }

  void on_ready(std::uint32_t) override {
    const auto received = parent_.receive();
    if (received.what == channel::state::ended) std::_Exit(EXIT_FAILURE);
    if (received.what == channel::state::said) obey(received.said);
  }

  void obey(const json& order) {
    const auto kind = order.at("kind").get<std::string>();
    if (kind == "listen") {
      crowd_.listen(order.at("broadcast").get<std::uint32_t>());
      has_reported_ = false;
      loop_.set_goes_last(shares_processors());  // behind the server that sends it, and the others who hear it
      tell("listening", {{"live", crowd_.live()}});
      if (crowd_.live() == 0) report_heard();
    } else if (kind == "say") {
      tell("said", {{"time", crowd_.say(order.at("broadcast").get<std::uint32_t>(), chosen_.size)}});
    } else if (kind == "echo") {
      has_reported_ = false;
      echo_ = std::make_unique<echo>(voice_, echo_plan{crowd_.first(), chosen_.size, ours_.echo_rate, chosen_.echo_for},
                                     crowd_.active(), [this] { report_echoed(); });
      echo_->start();
    } else if (kind == "enough") {
      echo_ ? report_echoed() : report_heard();
    } else if (kind == "stop") {
      opener_.stop();
      report_opened();
    } else if (kind == "finish") {
      finish(order.at("peacefully").get<bool>());
    }
  }

  void report_opened() {
    if (std::exchange(has_told_opened_, true)) return;
    auto tally = opener_.tally();
    if (tally.ended == 0) tally.ended = loop_.precise_now();
    tally.cpu = cpu_time() - cpu_before_;
    const auto elapsed = tally.ended - tally.began;
    tally.is_saturated = tally.opened > 0 && static_cast<double>(tally.cpu) > 0.9 * static_cast<double>(elapsed);
    const auto bytes = resident_data();
    tally.user_bytes = bytes > bytes_before_ ? bytes - bytes_before_ : 0;
    report_progress();
    tell("opened", tally);
  }

  void report_heard() {
    loop_.set_goes_last(false);
    if (!std::exchange(has_reported_, true)) tell("heard", crowd_.heard());
  }

  void report_echoed() {
    if (!std::exchange(has_reported_, true)) tell("echoed", echo_->tally());
  }

  void report_progress() {
    const auto opened = opener_.tally().opened;
    const auto failed = opener_.tally().failures();
    const auto lost = crowd_.tally().losses();
    if (opened + failed + lost == told_) return;
    told_ = opened + failed + lost;
    const auto bytes = resident_data_about(getpid()).value_or(0);
    tell("progress", {{"at", loop_.precise_now()},
                      {"opened", opened},
                      {"failed", failed},
                      {"lost", lost},
                      {"bytes", bytes - std::min(bytes, bytes_about_before_)}});
  }

  void finish(bool peacefully) {
    opener_.stop();
    tally_ = crowd_.tally();
    if (!peacefully) end();
    is_finishing_ = true;
    end_at_ = loop_.now() + static_cast<std::uint64_t>(time_to_part(chosen_.count).count());
    crowd_.close_all();
  }

  [[noreturn]] void end() {
    tally_.cpu = cpu_time();
    tell("finished", tally_);
    std::_Exit(EXIT_SUCCESS);
  }

  void on_timeout() override {
    if (!is_finishing_) {
      report_progress();
    } else if (crowd_.live() == 0 || loop_.now() >= end_at_) {
      end();
    }
    loop_.set_timeout(*this, progress_interval);
  }

  reactor loop_;
  channel parent_;
  const options& chosen_;
  const share& ours_;
  client_endpoint home_;
  voice voice_;
  crowd crowd_;
  opener opener_;
  std::unique_ptr<echo> echo_;
  std::uint64_t bytes_before_ = 0;
  std::uint64_t bytes_about_before_ = 0;  // by the same measure as is told on the way
  std::uint64_t cpu_before_ = 0;
  std::uint64_t told_ = 0;
  std::uint64_t end_at_ = 0;
  bool has_told_opened_ = false;
  bool has_reported_ = true;  // of what was last asked for
  bool is_finishing_ = false;
  closing_tally tally_;
};

}  // namespace

void live_as_member_process(channel parent, const options& chosen, const share& ours, const address& to,
                            std::uint32_t first, std::uint32_t swarm) {
  // A limit that could not be raised is met, and told, when it is reached.
  (void)doctor::raise_open_files();
  // Whatever is thrown here is thrown at the start: the system gives no epoll, no timer. The parent sees how it ended.
  member_process(std::move(parent), chosen, ours, to, first, swarm).run();
}

}  // namespace peregrine::swarm
