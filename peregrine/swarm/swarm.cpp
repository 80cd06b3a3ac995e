#include "peregrine/swarm/swarm.hpp"

#include "peregrine/base/log.hpp"
#include "peregrine/base/progress.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/swarm/check.hpp"
#include "peregrine/swarm/fleet.hpp"
#include "peregrine/swarm/member_process.hpp"
#include "peregrine/swarm/probe.hpp"
#include "peregrine/swarm/ramp.hpp"
#include "peregrine/swarm/usage.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace peregrine::swarm {
namespace {

constexpr std::uint64_t millisecond = 1'000'000;
// What a process may take for an answer that needs no server, and, after an interruption, for its last words.
constexpr std::uint64_t time_to_answer = 5'000 * millisecond;
constexpr std::uint64_t time_to_end = 700 * millisecond;

std::uint64_t after(std::chrono::milliseconds time) {
  return monotonic_now() + static_cast<std::uint64_t>(time.count()) * millisecond;
}

progress::time_point point(std::uint64_t time) {
  return progress::time_point(std::chrono::nanoseconds(time));
}

void tell_mark(const ramp::mark& each) {
  if (each.connections == 1) {
    log::info("swarm", log::with{{"per_second", each.overall}}, "Made 1 connections: {:.2f} connections/second...",
              each.overall);
    return;
  }
  log::info("swarm", log::with{{"per_second", each.overall}, {"last_10000_per_second", each.interval}},
            "Made {} connections: {:.2f} connections/second... ({:.2f} over the last {})", each.connections,
            each.overall, each.interval, ramp::step);
}

// The story of a swarm, as the parent of its processes goes through it.
class story {
 public:
  story(const options& chosen, plan made, const milestones& told)
      : chosen_(chosen), plan_(std::move(made)), told_(told), ramp_(tell_mark), growth_(told.server) {
    report_.url = chosen.url;
    report_.asked = chosen.count;
    report_.machine = take_portrait();
    report_.limits = doctor::make_plan(plan_.needs);
    report_.broadcasts_asked = chosen.broadcasts;
    report_.echo_was_asked = chosen.echo > 0;
  }

  result<report> tell() {
    const auto shares = divide(plan_.whole, plan_.processes);
    report_.processes = shares.size();
    introduce();
    const auto began = monotonic_now();
    ramp_.begin(began);
    growth_.begin(chosen_.count, began);
    auto started = fleet::start(chosen_, shares, plan_.to, std::random_device{}(),
                                [this](const fleet::progress& all, std::uint64_t at) { go_on(all, at); });
    if (!started) return started.error();
    fleet_ = &*started;
    {
      progress bar("connections", chosen_.count, point(began));
      bar_ = &bar;
      open();
      bar_ = nullptr;
    }
    if (report_.opening.opened > 0 && !interrupted()) {
      told_.opened();
      hold();
      if (!interrupted()) told_.held();
      for (std::uint32_t i = 1; i <= chosen_.broadcasts && !interrupted(); ++i) broadcast(i);
      if (chosen_.echo > 0 && !interrupted()) echo();
      if (!interrupted()) told_.spoken();
    }
    finish();
    return std::move(report_);
  }

 private:
  bool interrupted() const { return fleet_->was_interrupted(); }

  void introduce() {
    log::info("swarm", log::with{{"processes", report_.processes}, {"sources", plan_.whole.sources.size()}},
              "Opening {} connections to {}", chosen_.count, chosen_.url);
    if (plan_.spreads_over_loopback) {
      log::info("swarm", "So many are quicker from several source addresses: connecting from {} to {}",
                plan_.whole.sources.front().host(), plan_.whole.sources.back().host());
    }
  }

  void go_on(const fleet::progress& all, std::uint64_t at) {
    ramp_.grow(all.opened, at);
    growth_.go_on(all.opened, all.bytes, at);
    if (bar_) bar_->update(all.opened, point(at));
  }

  // False after an interruption or at the deadline: then whoever has not answered is told that it is enough.
  bool wait(std::string_view kind, std::uint64_t deadline) {
    return fleet_->wait_for(kind, deadline) == fleet::outcome::all;
  }

  void open() {
    if (!wait("opened", fleet::never)) {
      fleet_->tell_all("stop");
      (void)fleet_->wait_for("opened", monotonic_now() + time_to_end);
    }
    for (const auto& each : fleet_->take("opened")) report_.opening.merge(each.get<opening_tally>());
    // Those of a process that fell were opened all the same.
    report_.opening.opened = std::max(report_.opening.opened, fleet_->reached().opened);
    ramp_.end(report_.opening.ended);
    report_.per_10000 = ramp_.rates();
    growth_.end(report_.opening.opened, report_.opening.user_bytes, report_.opening.ended);
    report_.memory = growth_.samples();
    for (const auto& [reason, counted] : report_.opening.failed) {
      log::warning("swarm", log::with{{"reason", reason}, {"count", counted.count}}, "{} connections failed ({}): {}",
                   counted.count, reason, counted.explanation);
    }
    if (report_.not_tried() > 0 && !interrupted()) {
      log::warning("swarm", "The other {} were not tried", report_.not_tried());
    }
  }

  void hold() {
    const auto began = monotonic_now();
    log::info("swarm", "Holding {} connections for {}", report_.opening.opened,
              print_duration(std::chrono::nanoseconds(chosen_.hold)));
    if (fleet_->wait_for_nobody(after(chosen_.hold)) == fleet::outcome::all)
      log::warning("swarm", "No connection is left to be held");
    report_.held_seconds = static_cast<double>(monotonic_now() - began) / 1e9;
  }

  void broadcast(std::uint32_t number) {
    broadcast_report made;
    made.size = chosen_.size;
    fleet_->tell_all("listen", {{"broadcast", number}});
    if (!wait("listening", after(chosen_.timeout))) {
      if (!interrupted())
        log::warning("swarm", "Nothing was broadcast, for not every process of the swarm was ready in time");
      return;
    }
    for (const auto& each : fleet_->take("listening")) made.expected += each.at("live").get<std::uint64_t>();
    if (!fleet_->tell_a_live_one("say", {{"broadcast", number}})) return;  // nobody is left
    const auto deadline = after(chosen_.timeout);
    if (fleet_->wait_for("said", deadline, 1) != fleet::outcome::all) return;
    for (const auto& each : fleet_->take("said")) made.began = each.at("time").get<std::uint64_t>();
    if (!wait("heard", deadline)) {
      fleet_->tell_all("enough");
      (void)fleet_->wait_for("heard", monotonic_now() + time_to_end);
    }
    for (const auto& each : fleet_->take("heard")) made.heard.merge(each.get<hearing_tally>());
    tell(made);
    report_.broadcasts.push_back(made);
  }

  static void tell(const broadcast_report& made) {
    const auto to_last = made.seconds_to_last();
    log::info("swarm", log::with{{"size", made.size}, {"seconds", to_last}}, "A broadcast reached {} of {} in {}",
              made.heard.delivered, made.expected,
              print_duration(std::chrono::nanoseconds(static_cast<std::int64_t>(to_last * 1e9))));
  }

  void echo() {
    log::info("swarm", "{} members echo for {}", chosen_.echo,
              print_duration(std::chrono::nanoseconds(chosen_.echo_for)));
    echo_report made;
    made.active = chosen_.echo;
    made.size = chosen_.size;
    made.rate = chosen_.echo_rate;
    fleet_->tell_all("echo");
    if (!wait("echoed", after(chosen_.echo_for + chosen_.timeout))) {
      fleet_->tell_all("enough");
      (void)fleet_->wait_for("echoed", monotonic_now() + time_to_end);
    }
    for (const auto& each : fleet_->take("echoed")) made.told.merge(each.get<echo_tally>());
    report_.echo = made;
  }

  void finish() {
    report_.was_interrupted = interrupted();
    fleet_->tell_all("finish", {{"peacefully", !report_.was_interrupted}});
    const auto deadline =
        report_.was_interrupted ? monotonic_now() + time_to_end : after(time_to_part(chosen_.count)) + time_to_answer;
    if (fleet_->wait_for("finished", deadline) == fleet::outcome::interrupted) {
      report_.was_interrupted = true;
      fleet_->tell_all("finish", {{"peacefully", false}});
      (void)fleet_->wait_for("finished", monotonic_now() + time_to_end);
    }
    for (const auto& each : fleet_->take("finished")) report_.closing.merge(each.get<closing_tally>());
    if (const auto with_them = fleet_->lost_with_processes(); with_them > 0)
      report_.closing.lost["process"] += with_them;
  }

  const options& chosen_;
  plan plan_;
  const milestones& told_;
  report report_;
  ramp ramp_;
  growth growth_;
  fleet* fleet_ = nullptr;
  progress* bar_ = nullptr;
};

}  // namespace

result<report> run(const options& chosen, const milestones& told) {
  auto checked = check(chosen, spoken_at);
  if (!checked) return checked.error();
  return story(chosen, std::move(*checked), told).tell();
}

}  // namespace peregrine::swarm
