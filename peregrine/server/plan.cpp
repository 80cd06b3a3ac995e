#include "peregrine/server/plan.hpp"

#include "peregrine/base/explain.hpp"
#include "peregrine/base/log.hpp"
#include "peregrine/base/units.hpp"
#include "peregrine/connection/acceptor.hpp"
#include "peregrine/connection/address_table.hpp"
#include "peregrine/server/administer.hpp"
#include "peregrine/server/worker_count.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace peregrine::server {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_carried = std::uint64_t{64} * 1024 * 1024;  // bytes of a message between workers

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

}  // namespace

result<plan> plan::of(options chosen) {
  if (auto checked = check(chosen); !checked) return checked.error();
  plan made;
  const auto workers = worker_count(chosen.workers, chosen.capacity);
  if (!workers) return workers.error();
  made.workers = *workers;
  if (made.workers > 1 && chosen.max_message > most_carried) {
    return failure{"--max-message " + spell_size(chosen.max_message) +
                   " is too much for more than one worker; expected 64MiB at most"};
  }
  if (!chosen.operator_token_file.empty()) {
    auto found = read_token(chosen.operator_token_file, "the operator's");
    if (!found) return found.error();
    made.token = *found;
  }
  for (const auto& bind : chosen.bind) {
    auto where = place_of(bind, chosen);
    if (!where) return where.error();
    made.places.push_back(*where);
  }
  auto admin = admin_place_of(chosen);
  if (!admin) return admin.error();
  made.admin = *admin;
  auto secured = secure(chosen, made.places, made.admin);
  if (!secured) return secured.error();
  made.secured = std::move(*secured);
  made.chosen = std::move(chosen);
  return made;
}

std::chrono::milliseconds plan::time_to_leave() const {
  return chosen.drain + std::min(chosen.drain, chosen.close_timeout) + 5s;
}

result<> announce(const plan& ours, const std::vector<address>& listening, const std::optional<address>& admin,
                  const worker::service_manager& manager) {
  std::string ports;
  for (std::size_t i = 0; i < listening.size(); ++i) {
    log::info("server", {{"address", listening[i].to_string()}}, "Listening on {}://{}/, every path a room",
              ours.places[i].is_secure ? "https" : "http", listening[i].to_string());
    ports += std::to_string(listening[i].port()) + "\n";
  }
  if (admin) ports += std::to_string(admin->port()) + "\n";
  manager.tell("READY=1");
  const int ready = static_cast<int>(ours.chosen.ready_fd);
  if (ready <= 0) return {};
  if (::write(ready, ports.data(), ports.size()) < 0) {
    return failure{"cannot tell that the server is ready on descriptor " + std::to_string(ready) + ": " +
                       explain(errno, attempt::open),
                   errno};
  }
  ::close(ready);
  return {};
}

}  // namespace peregrine::server
