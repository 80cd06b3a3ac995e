#include "peregrine/server/serving.hpp"

#include "peregrine/admin/orders.hpp"
#include "peregrine/base/heap_account.hpp"
#include "peregrine/base/log.hpp"
#include "peregrine/base/processors.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/connection/admission.hpp"
#include "peregrine/connection/census.hpp"
#include "peregrine/doctor/limits.hpp"
#include "peregrine/net/listener.hpp"
#include "peregrine/room/hub.hpp"
#include "peregrine/runtime/signals.hpp"
#include "peregrine/server/administer.hpp"
#include "peregrine/server/chat.hpp"
#include "peregrine/server/drain.hpp"
#include "peregrine/server/ledger_keeper.hpp"
#include "peregrine/server/lull.hpp"
#include "peregrine/server/pages.hpp"
#include "peregrine/server/profile.hpp"
#include "peregrine/server/worker_figures.hpp"
#include "peregrine/tls/ticket_keys.hpp"
#include "peregrine/tls/ticket_renewal.hpp"
#include "peregrine/worker/membership.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

namespace peregrine::server {

namespace {

using namespace std::chrono_literals;

// A line in the log for what came and went, at most one a second, and none while nothing does.
class census final : public event_target {
 public:
  explicit census(const acceptor& door) : door_(door) { reactor::current().set_timeout(*this, 1s); }

 private:
  void on_timeout() override {
    reactor::current().set_timeout(*this, 1s);
    tell_census(before_, door_.counts);
    before_ = door_.counts;
  }

  const acceptor& door_;
  connection_counts before_;
};

// What bursts need of the heap again and again it keeps, and gives it back when nothing has happened for a while.
class burst_memory final : public event_target {
 public:
  burst_memory(const acceptor& door, const hub& rooms) : quiet_(door, rooms) {
    keep_free_heap(std::size_t{4} * 1024 * 1024);
    reactor::current().set_timeout(*this, 1s);
  }

 private:
  void on_timeout() override {
    constexpr std::uint64_t a_while = 10;  // seconds
    reactor::current().set_timeout(*this, 1s);
    if (quiet_.seconds() == a_while) give_back_free_heap();
  }

  lull quiet_;
};

void renew(std::optional<tls::server_context>& secured) {
  if (!secured) {
    log::info("server", "Hangup: no certificate to read again, for nothing is bound with TLS");
  } else if (const auto renewed = secured->reload(); !renewed) {
    log::error("server", "The certificate stays as it was: {}", renewed.error().message);
  } else {
    log::info("server", "Whoever comes from now on is shown the certificate {}", secured->description());
  }
}

result<admission_options> admitting(const options& chosen, std::uint64_t workers) {
  constexpr std::uint64_t least = std::uint64_t{8} * 1024 * 1024;
  admission_options made;
  made.per_address = static_cast<std::uint32_t>(chosen.per_address);
  made.per_second = chosen.rate;
  made.files = machine::local().open_files().soft;
  made.memory = chosen.memory_limit / workers;
  made.kernel_per_socket = doctor::measured::kernel;
  if (made.memory > 0 && made.memory < least) {
    return failure{fmt::format("--memory-limit {} is too little for {} workers; expected {} for each at least",
                               spell_size(chosen.memory_limit), workers, spell_size(least))};
  }
  return made;
}

accept_options accepting(const options& chosen, admission& admits) {
  accept_options made;
  made.admits = &admits;
  made.connection.reader.max_message = static_cast<std::uint32_t>(chosen.max_message);
  made.connection.outbox_limit = static_cast<std::uint32_t>(chosen.outbox_limit);
  made.connection.ping_interval = chosen.ping_interval;
  made.connection.idle_timeout = chosen.idle_timeout;
  made.connection.close_timeout = chosen.close_timeout;
  made.handshake.origins = chosen.origins;
  if (chosen.deflate) made.handshake.deflate = websocket::stateless_deflate;
  made.max_head = static_cast<std::uint32_t>(chosen.max_head);
  made.max_streams = static_cast<std::uint32_t>(chosen.streams);
  made.stream_window = static_cast<std::uint32_t>(chosen.stream_window);
  made.handshake_timeout = chosen.handshake_timeout;
  if (chosen.page) {
    made.ordinary = [plain = made.ordinary](const http::request& asked, std::string_view content) {
      const bool reads = asked.method == "GET" || asked.method == "HEAD";
      const auto page = reads ? page_of(web::site::chat, asked) : std::nullopt;
      return page ? *page : plain(asked, content);
    };
  }
  return made;
}

void log_broadcast(const broadcast_report& done) {
  constexpr std::size_t worth_a_line = 1000;
  const log::with fields{
      {"room", done.room}, {"messages", done.messages}, {"members", done.members}, {"ns", done.duration}};
  const auto length = print_duration(std::chrono::nanoseconds(done.duration));
  if (done.members >= worth_a_line) {
    log::info("server", fields, "Broadcast {} to {} members of {} in {}", done.messages, done.members, done.room,
              length);
  } else {
    log::debug("server", fields, "Broadcast {} to {} members of {} in {}", done.messages, done.members, done.room,
               length);
  }
}

class serving_process {
 public:
  // `joined`: what makes it one of several workers, or null.
  serving_process(plan& ours, std::unique_ptr<worker::membership> joined, const admission_options& admitted);

  result<> open();
  result<> run(worker::service_manager& manager);

 private:
  result<> open_administration();
  result<> begin(const worker::service_manager& manager);
  const worker::board& make_board();
  void enter(worker::activity now);
  void hear(int signal);

  plan& ours_;
  std::unique_ptr<worker::membership> joined_;
  std::optional<admission_counts> own_counts_;
  admission admits_;
  std::optional<tls::ticket_keys> own_tickets_;
  std::optional<tls::ticket_renewal> renewing_;
  local_broker alone_;
  hub rooms_{joined_ ? joined_->carrier() : alone_};
  acceptor door_;
  std::optional<worker::board> own_board_;
  const worker::board& board_ = joined_ ? joined_->all() : make_board();
  worker::figures& place_ = joined_ ? joined_->figures() : board_.at(*own_board_->take_place(0));
  worker_figures told_{board_, place_, door_, rooms_, joined_ ? &joined_->bus() : nullptr};
  operator_commands commands_{told_};
  admin::order_taker orders_{rooms_, door_, place_.closed_by_order};
  chat talk_;
  message_rule rule_;
  std::optional<admin::administration> office_;  // of the only process
  std::vector<address> listening_;
  std::optional<address> administrated_;
  int signals_heard_ = 0;
  farewell how_ = farewell::restart;
  signals heard_{{SIGINT, SIGTERM, SIGHUP, SIGUSR2}};
};

serving_process::serving_process(plan& ours, std::unique_ptr<worker::membership> joined,
                                 const admission_options& admitted)
    : ours_(ours),
      joined_(std::move(joined)),
      admits_(admitted, joined_ ? joined_->admitted() : own_counts_.emplace(1), joined_ ? joined_->place() : 0),
      door_(accepting(ours.chosen, admits_), [this](connection& peer) { return talk_.serve(peer); }),
      talk_(ours.chosen.carried, ours.token, rooms_, commands_),
      rule_(ours.chosen.carried) {
  rooms_.on_broadcast = log_broadcast;
  if (auto* certificate = ours_.certificate()) {
    if (!joined_) renewing_.emplace(own_tickets_.emplace());
    certificate->seal_tickets_with(joined_ ? joined_->tickets() : *own_tickets_);
  }
}

const worker::board& serving_process::make_board() {
  worker::write_kernel(own_board_.emplace(1).past());
  return *own_board_;
}

result<> serving_process::open() {
  if (auto watching = heard_.watch([this](int number) { hear(number); }); !watching) return watching.error();
  for (const auto& [at, is_secure] : ours_.places) {
    const auto opened = door_.listen(at, is_secure ? ours_.certificate() : nullptr);
    if (!opened) return opened.error();
    listening_.push_back(*opened);
  }
  if (!joined_) return open_administration();
  close_unbound();
  return {};
}

result<> serving_process::open_administration() {
  const auto socket = open_admin_socket(ours_.admin);
  if (!socket) return socket.error();
  close_unbound();
  if (!*socket) return {};
  auto wanted = administering(ours_.chosen, rule_);
  if (!wanted) return wanted.error();
  listener::hand_over({**socket});
  office_.emplace(std::move(*wanted), board_, rooms_);
  const auto at = office_->listen(ours_.admin->at, ours_.admin->is_secure ? ours_.certificate() : nullptr);
  if (!at) return at.error();
  announce_admin(*ours_.admin, administrated_.emplace(*at));
  return {};
}

result<> serving_process::begin(const worker::service_manager& manager) {
  if (!joined_) return announce(ours_, listening_, administrated_, manager);
  return joined_->begin(ours_.time_to_leave(), [] {
    log::warning("server", "The supervisor is gone: stopping");
    reactor::current().stop();
  });
}

void serving_process::enter(worker::activity now) {
  told_.enter(now);
  if (!joined_) board_.past().now = static_cast<std::uint64_t>(now);
}

void serving_process::hear(int signal) {
  switch (signal) {
    case SIGUSR2:
      log::warning("server", "{}",
                   joined_ ? "SIGUSR2 is for the supervisor; a worker goes on with the program that it has"
                           : "This server is one process and goes on with the program that it has: replacing it under "
                             "way takes several workers (--workers 2 or more); otherwise restart the server");
      return;
    case SIGHUP:
      renew(ours_.secured);
      return;
    case SIGINT:
      how_ = farewell::going_away;
      break;
    default:
      break;
  }
  if (++signals_heard_ == 1) log::info("server", "{}: stopping", strsignal(signal));
  reactor::current().stop();
}

result<> serving_process::run(worker::service_manager& manager) {
  ledger_keeper ledger(board_, place_, door_, rooms_);
  commands_.add("/allocations", "what is allocated, for each connection, and where the time goes",
                [&ledger] { return ledger.allocations(); });
  commands_.add("/profile start", "takes a CPU profile of the process that you are connected to", start_profile);
  commands_.add("/profile stop", "ends it, and says where it is", stop_profile);
  enter(worker::activity::serving);
  if (auto begun = begin(manager); !begun) return begun.error();

  burst_memory spare(door_, rooms_);
  std::optional<census> counting;  // of several workers the supervisor counts
  if (!joined_) counting.emplace(door_);
  manager.live();
  auto& loop = reactor::current();
  loop.run();
  manager.tell("STOPPING=1");
  enter(worker::activity::leaving);
  drain(loop, door_, rooms_, how_, ours_.chosen.drain, signals_heard_, !joined_);
  if (office_) office_->leave();
  if (signals_heard_ > 1) return failure{"a second signal ended the server before everybody was closed"};
  return {};
}

}  // namespace

result<> serve(plan ours, std::unique_ptr<worker::station> station, worker::service_manager& manager) {
  reactor loop;
  std::unique_ptr<worker::membership> joined;
  if (station) {
    share_processors(ours.workers);
    auto taken = worker::membership::take(std::move(station));
    if (!taken) return taken.error();
    joined = std::move(*taken);
  }
  const auto admitted = admitting(ours.chosen, ours.workers);
  if (!admitted) return admitted.error();
  serving_process process(ours, std::move(joined), *admitted);
  if (auto opened = process.open(); !opened) return opened.error();
  return process.run(manager);
}

}  // namespace peregrine::server
