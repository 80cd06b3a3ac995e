#include "peregrine/server/server.hpp"

#include "peregrine/admin/orders.hpp"
#include "peregrine/base/explain.hpp"
#include "peregrine/base/log.hpp"
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
#include "peregrine/server/pages.hpp"
#include "peregrine/server/place.hpp"
#include "peregrine/server/profile.hpp"
#include "peregrine/server/settled.hpp"
#include "peregrine/server/worker_count.hpp"
#include "peregrine/server/worker_figures.hpp"
#include "peregrine/tls/context.hpp"
#include "peregrine/tls/memory.hpp"
#include "peregrine/tls/ticket_keys.hpp"
#include "peregrine/tls/ticket_renewal.hpp"
#include "peregrine/worker/membership.hpp"
#include "peregrine/worker/supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace peregrine::server {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_carried = std::uint64_t{64} * 1024 * 1024;  // bytes of a message between workers

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

// Where it is needed: nobody's certificate is read, or made, for a server in the clear.
result<std::optional<tls::server_context>> secure(const options& chosen, std::vector<place> places,
                                                  const std::optional<admin_place>& admin) {
  if (admin) places.push_back(*admin);
  if (!chosen.key.empty() && chosen.certificate.empty()) {
    return failure{"--key '" + chosen.key + "' goes with --certificate, which names what the key is for"};
  }
  const bool is_wanted = std::ranges::any_of(places, &place::is_secure);
  if (!is_wanted && !chosen.certificate.empty()) {
    return failure{"--certificate '" + chosen.certificate + "' goes with --bind https://HOST:PORT, and none is bound"};
  }
  if (!is_wanted) return std::optional<tls::server_context>();
  auto made = tls::server_context::load({chosen.certificate, chosen.key}, accepted_protocols);
  if (!made) return made.error();
  log::info("server", "A certificate {}", made->description());
  return std::optional(std::move(*made));
}

void renew(std::optional<tls::server_context>& secured) {
  if (!secured) {
    log::info("server", "Hangup: no certificate to read again, for nothing is bound with TLS");
  } else if (const auto renewed = secured->reload(); !renewed) {
    log::error("server", "The certificate stays as it was: {}", renewed.error().message);
  } else {
    log::info("server", "Whoever comes from now on is shown the certificate {}", secured->description());
  }
}

// What a connection keeps in 104 bytes counts no further.
result<> check(const options& chosen) {
  constexpr std::uint64_t most_bytes = 0xffff'ffff;
  for (const auto& [flag, bytes] :
       {std::pair{"--max-message", chosen.max_message}, {"--outbox-limit", chosen.outbox_limit}}) {
    if (bytes > most_bytes)
      return failure{fmt::format("{} {} is too much; expected less than 4GiB", flag, spell_size(bytes))};
  }
  if (chosen.max_head > std::uint64_t{64} * 1024) {
    return failure{"--max-head " + spell_size(chosen.max_head) + " is too much; expected 64KiB at most"};
  }
  if (chosen.streams == 0 || chosen.streams > 65'535) {
    return failure{fmt::format("--streams {}: expected 1 to 65535 on one HTTP/2 connection", chosen.streams)};
  }
  if (chosen.stream_window < 1024 || chosen.stream_window > std::uint64_t{1024} * 1024 * 1024) {
    return failure{"--stream-window " + spell_size(chosen.stream_window) + ": expected 1KiB to 1GiB"};
  }
  if (chosen.per_address > address_table::most_places) {
    return failure{fmt::format("--per-address {}: expected {} at most, or 0 for no limit", chosen.per_address,
                               print_count(address_table::most_places))};
  }
  if (chosen.rate > 1'000'000) {
    return failure{fmt::format("--rate {}: expected 1,000,000 in a second at most, or 0 for no limit", chosen.rate)};
  }
  for (const auto& [flag, time] :
       {std::pair{"--ping-interval", chosen.ping_interval}, {"--idle-timeout", chosen.idle_timeout}}) {
    if (time > 4h) return failure{fmt::format("{} {} is too long; expected 4h at most", flag, spell_duration(time))};
  }
  return {};
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

// Says where it listens, in the log and to whoever has asked for it.
result<> announce(const options& chosen, const std::vector<place>& places, const std::vector<address>& listening,
                  const std::optional<address>& admin, const worker::service_manager& manager) {
  std::string ports;
  for (std::size_t i = 0; i < listening.size(); ++i) {
    log::info("server", {{"address", listening[i].to_string()}}, "Listening on {}://{}/, every path a room",
              places[i].is_secure ? "https" : "http", listening[i].to_string());
    ports += std::to_string(listening[i].port()) + "\n";
  }
  if (admin) ports += std::to_string(admin->port()) + "\n";
  manager.tell("READY=1");
  const int ready = static_cast<int>(chosen.ready_fd);
  if (ready <= 0) return {};
  if (::write(ready, ports.data(), ports.size()) < 0) {
    return failure{"cannot tell that the server is ready on descriptor " + std::to_string(ready) + ": " +
                       explain(errno, attempt::open),
                   errno};
  }
  ::close(ready);
  return {};
}

// That a process may take to end when it is asked to.
std::chrono::milliseconds time_to_leave(const options& chosen) {
  return chosen.drain + std::min(chosen.drain, chosen.close_timeout) + 5s;
}

// New workers that read another configuration than the server was started with say what it takes; one in place of a
// fallen worker has to serve all the same.
result<> keep_to(const std::string& terms, bool is_reload, options& chosen) {
  const auto kept = settled::parse(terms);
  if (!kept) return kept.error();
  if (const auto checked = kept->check(chosen); !checked) {
    if (is_reload) return checked.error();
    log::warning("server", "This process does as the server was started: {}", checked.error().message);
  }
  kept->impose_on(chosen);
  return {};
}

// In the process that does not serve itself.
result<> supervise(const options& chosen, const std::vector<place>& places, const std::optional<admin_place>& admin,
                   std::uint64_t workers, worker::service_manager& manager) {
  if (chosen.ready_fd > 0) ::fcntl(static_cast<int>(chosen.ready_fd), F_SETFD, FD_CLOEXEC);
  const auto admin_socket = open_admin_socket(admin);
  if (!admin_socket) return admin_socket.error();
  worker::supervision wanted;
  wanted.admin_socket = *admin_socket;
  for (const auto& each : places) wanted.addresses.push_back(each.at);
  wanted.workers = workers;
  wanted.leave = time_to_leave(chosen);
  wanted.terms = settled(chosen, workers).spell();
  wanted.on_serving = [&](const std::vector<address>& listening) {
    std::optional<address> administrated;
    if (wanted.admin_socket) announce_admin(*admin, administrated.emplace(address::of_local(*wanted.admin_socket)));
    return announce(chosen, places, listening, administrated, manager);
  };
  wanted.manager = &manager;
  log::info("server", "Starting {} workers", workers);
  return worker::supervise(wanted);
}

}  // namespace

result<> run(const options& asked) {
  auto chosen = asked;
  tls::count_memory();
  auto station = worker::station::from_environment();
  auto manager = worker::service_manager::from_environment();
  listener::hand_over(manager.take_sockets());
  if (station && station->what() == worker::role::exchange) return worker::run_exchange(*station);
  if (station) {
    if (auto kept = keep_to(station->terms(), station->is_reload(), chosen); !kept) return kept.error();
  }
  if (auto checked = check(chosen); !checked) return checked.error();
  const auto workers = worker_count(chosen.workers, chosen.capacity);
  if (!workers) return workers.error();
  if (*workers > 1 && chosen.max_message > most_carried) {
    return failure{"--max-message " + spell_size(chosen.max_message) +
                   " is too much for more than one worker; expected 64MiB at most"};
  }
  std::string token;
  if (!chosen.operator_token_file.empty()) {
    auto found = read_token(chosen.operator_token_file, "the operator's");
    if (!found) return found.error();
    token = *found;
  }
  std::vector<place> places;
  for (const auto& bind : chosen.bind) {
    auto where = place_of(bind, chosen);
    if (!where) return where.error();
    places.push_back(*where);
  }
  const auto admin = admin_place_of(chosen);
  if (!admin) return admin.error();
  auto secured = secure(chosen, places, *admin);
  if (!secured) return secured.error();

  if (station && station->what() == worker::role::admin) {
    if (!*admin) return failure{"--admin is off by now; restart the server as a whole"};
    return run_administration(std::move(station), chosen, **admin, *secured ? &**secured : nullptr);
  }
  if (const auto files = doctor::raise_open_files(); !files) log::warning("server", "{}", files.error().message);
  if (!station && *workers > 1) return supervise(chosen, places, *admin, *workers, manager);

  reactor loop;
  std::unique_ptr<worker::membership> ours;
  if (station) {
    auto taken = worker::membership::take(std::move(station));
    if (!taken) return taken.error();
    ours = std::move(*taken);
  }
  const auto admitted = admitting(chosen, *workers);
  if (!admitted) return admitted.error();
  std::optional<admission_counts> own_counts;
  if (!ours) own_counts.emplace(1);
  admission admits(*admitted, ours ? ours->admitted() : *own_counts, ours ? ours->place() : 0);
  std::optional<tls::ticket_keys> own_tickets;
  std::optional<tls::ticket_renewal> renewing;
  if (*secured) {
    if (!ours) renewing.emplace(own_tickets.emplace());
    (*secured)->seal_tickets_with(ours ? ours->tickets() : *own_tickets);
  }
  local_broker alone;
  hub rooms(ours ? ours->carrier() : alone);
  rooms.on_broadcast = log_broadcast;
  chat* talk = nullptr;
  acceptor door(accepting(chosen, admits),
                [&talk](connection& peer) { return talk->serve(peer); });
  std::optional<worker::board> private_board;
  if (!ours) worker::write_kernel(private_board.emplace(1).past());
  const auto& board = ours ? ours->all() : *private_board;
  auto& place = ours ? ours->figures() : board.at(*private_board->take_place(0));
  worker_figures told(board, place, door, rooms, ours ? &ours->bus() : nullptr);
  operator_commands commands(told);
  admin::order_taker orders(rooms, door, place.closed_by_order);
  chat talking(chosen.carried, std::move(token), rooms, commands);
  talk = &talking;

  int signals_heard = 0;
  auto how = farewell::restart;
  signals heard({SIGINT, SIGTERM, SIGHUP, SIGUSR2});
  auto watching = heard.watch([&](int number) {
    if (number == SIGUSR2) {
      log::warning("server", "{}",
                   ours ? "SIGUSR2 is for the supervisor; a worker goes on with the program that it has"
                        : "This server is one process and goes on with the program that it has: replacing it under "
                          "way takes several workers (--workers 2 or more); otherwise restart the server");
      return;
    }
    if (number == SIGHUP) {
      renew(*secured);
      return;
    }
    if (number == SIGINT) how = farewell::going_away;
    if (++signals_heard == 1) log::info("server", "{}: stopping", strsignal(number));
    loop.stop();
  });
  if (!watching) return watching.error();

  std::vector<address> listening;
  for (const auto& [at, is_secure] : places) {
    const auto opened = door.listen(at, is_secure ? &**secured : nullptr);
    if (!opened) return opened.error();
    listening.push_back(*opened);
  }
  message_rule rule(chosen.carried);
  std::optional<admin::administration> office;
  std::optional<address> administrated;
  if (!ours) {
    auto opened = open_admin_socket(*admin);
    if (!opened) return opened.error();
    listener::close_handed_over();
    if (*opened) {
      auto wanted = administering(chosen, rule);
      if (!wanted) return wanted.error();
      listener::hand_over({**opened});
      office.emplace(std::move(*wanted), board, rooms);
      const auto at = office->listen((*admin)->at, (*admin)->is_secure ? &**secured : nullptr);
      if (!at) return at.error();
      announce_admin(**admin, administrated.emplace(*at));
    }
  }
  listener::close_handed_over();
  ledger_keeper ledger(board, place, door, rooms);
  commands.add("/allocations", "what is allocated, for each connection, and where the time goes",
               [&ledger] { return ledger.allocations(); });
  commands.add("/profile start", "takes a CPU profile of the process that you are connected to", start_profile);
  commands.add("/profile stop", "ends it, and says where it is", stop_profile);
  told.enter(worker::activity::serving);
  const auto enter_alone = [&](worker::activity now) {
    if (!ours) board.past().now = static_cast<std::uint64_t>(now);
  };
  enter_alone(worker::activity::serving);
  if (ours) {
    auto begun = ours->begin(time_to_leave(chosen), [&loop] {
      log::warning("server", "The supervisor is gone: stopping");
      loop.stop();
    });
    if (!begun) return begun.error();
  } else if (auto announced = announce(chosen, places, listening, administrated, manager); !announced) {
    return announced.error();
  }

  std::optional<census> counting;  // of several workers the supervisor counts
  if (!ours) counting.emplace(door);
  manager.live();
  loop.run();
  manager.tell("STOPPING=1");
  told.enter(worker::activity::leaving);
  enter_alone(worker::activity::leaving);
  drain(loop, door, rooms, how, chosen.drain, signals_heard, !ours);
  if (office) office->leave();
  if (signals_heard > 1) return failure{"a second signal ended the server before everybody was closed"};
  return {};
}

}  // namespace peregrine::server
