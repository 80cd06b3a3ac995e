#include "peregrine/admin/administration.hpp"

#include "peregrine/admin/account.hpp"
#include "peregrine/admin/metrics.hpp"
#include "peregrine/admin/orders.hpp"
#include "peregrine/websocket/utf8.hpp"
#include "peregrine/worker/allocations.hpp"

#include <chrono>
#include <utility>

namespace peregrine::admin {

namespace {

using namespace std::chrono_literals;

constexpr const char* feed = "/feed";
constexpr const char* subprotocol = "peregrine.feed";
constexpr auto every = 1s;

constexpr const char* index =
    "GET /livez /readyz /metrics /stats /rooms /allocations\n"
    "WebSocket /feed: what /stats says, once a second\n"
    "POST /rooms/{room}/messages: say it in the room, as a member would\n"
    "DELETE /connections?room=|address=|id=: close them with 1008\n";

http::answer json(std::string body, int status = 200) {
  return {.status = status,
          .body = std::move(body),
          .content_type = "application/json",
          .head = {{"Cache-Control", "no-store"}}};
}

http::answer text(int status, std::string body) {
  return {.status = status, .body = std::move(body), .head = {{"Cache-Control", "no-store"}}};
}

// "/rooms/lobby/messages": of the room "/lobby", as its members spell its path. Empty if it is another path.
std::string_view room_of(std::string_view path) noexcept {
  constexpr std::string_view before = "/rooms";
  constexpr std::string_view behind = "/messages";
  if (!path.starts_with("/rooms/") || !path.ends_with(behind)) return {};
  if (path.size() <= before.size() + behind.size()) return {};
  return path.substr(before.size(), path.size() - before.size() - behind.size());
}

accept_options accepting(std::uint32_t max_message) {
  accept_options made;
  made.handshake.subprotocols = {subprotocol};
  made.max_content = max_message;
  made.counts_traffic = false;
  return made;
}

}  // namespace

administration::administration(administration_options chosen, const worker::board& all, hub& rooms)
    : options_(std::move(chosen)),
      guard_(options_.token),
      all_(all),
      rooms_(rooms),
      door_(
          [this] {
            auto made = accepting(options_.max_message);
            made.ordinary = [this](const http::request& asked, std::string_view content) {
              return answer(asked, content);
            };
            made.refuse_opening = [this](const http::request& asked) { return refuse_feed(asked); };
            return made;
          }(),
          [this](connection& spectator) { return show(spectator); }) {
  on_timeout();
}

result<address> administration::listen(const address& at, tls::server_context* secured) {
  return door_.listen(at, secured);
}

void administration::leave() {
  door_.stop_listening();
  door_.close_all(websocket::close_code::going_away, "the server is going away");
  auto& loop = reactor::current();
  const auto deadline = loop.now() + 1'000;
  while (!door_.is_idle() && loop.now() < deadline) loop.run_turn();  // the feed's time-out wakes it
  door_.abort_all();
  while (!door_.is_idle() || spectators_.rooms() > 0) loop.run_turn(false);
  loop.run_turn(false);  // what was closed is destroyed at the end of a turn
}

// ---- the routes ----

http::answer administration::answer(const http::request& asked, std::string_view content) {
  const auto path = asked.path;
  const bool reads = asked.method == "GET" || asked.method == "HEAD";
  if (reads && path == "/livez") return text(200, "alive\n");
  if (reads && path == "/readyz") return readiness();
  if (reads && options_.page) {
    if (auto page = options_.page(asked)) {
      if (auto foreign = guard_.check_origin(asked)) return *foreign;
      return *page;
    }
  }
  if (auto refused = guard_.check(asked)) return *refused;
  const auto room = room_of(path);
  const std::string_view allowed = !room.empty() ? "POST" : path == "/connections" ? "DELETE" : "GET, HEAD";
  if (!room.empty() && asked.method == "POST") return publish(asked, content);
  if (path == "/connections" && asked.method == "DELETE") return close_connections(asked);
  if (path == "/metrics" && reads) return metrics(asked);
  if (path == "/stats" && reads) return json(to_json(take_account(all_)) + "\n");
  if (path == "/rooms" && reads) return json(rooms_to_json(all_));
  if (path == "/allocations" && reads) return allocations(asked);
  const bool is_known = !room.empty() || path == "/connections" || path == "/metrics" || path == "/stats" ||
                        path == "/rooms" || path == "/allocations" || path == "/livez" || path == "/readyz";
  if (!is_known) return text(404, "There is nothing here. These are:\n" + std::string(index));
  auto refused = text(405, "This takes " + std::string(allowed) + ".\n");
  refused.head.emplace_back("Allow", allowed);
  return refused;
}

http::answer administration::readiness() const {
  const auto now = summarize(all_);
  if (now.is_ready) return text(200, "ready\n");
  return text(503, now.is_draining ? "draining: nobody new is taken\n" : "not ready: nobody is served yet\n");
}

http::answer administration::metrics(const http::request& asked) const {
  const auto families = families_of(take_account(all_));
  if (wants_open_metrics(find(asked.head, "accept").value_or(""))) {
    return {.body = to_open_metrics(families),
            .content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"};
  }
  return {.body = to_prometheus(families), .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

http::answer administration::allocations(const http::request& asked) const {
  const auto told = worker::read_allocations(all_);
  const bool wants_json = find(asked.head, "accept").value_or("").find("application/json") != std::string_view::npos;
  return wants_json ? json(worker::to_json(told).dump() + "\n") : text(200, worker::describe(told));
}

http::answer administration::publish(const http::request& asked, std::string_view content) {
  const bool is_binary = find(asked.head, "content-type") == "application/octet-stream";
  if (!is_binary && !websocket::is_utf8(as_bytes(content))) {
    return text(400, "the message is not UTF-8; send binary as Content-Type: application/octet-stream\n");
  }
  const auto said = is_binary ? message::binary(as_bytes(content)) : message::text(content);
  if (const auto fault = options_.fault_of(said); !fault.empty()) return text(400, std::string(fault) + "\n");
  if (!rooms_.publish(room_of(asked.path), said)) {
    auto later = text(503, "the room has more to carry than it may hold\n");
    later.head.emplace_back("Retry-After", "1");
    return later;
  }
  return text(202, "published\n");
}

http::answer administration::close_connections(const http::request& asked) {
  const auto wanted = closing::parse(asked.query);
  if (!wanted) return text(400, wanted.error().message + "\n");
  if (!order(rooms_, *wanted)) return text(503, "the way to the workers is full\n");
  return text(202, "they are being closed; closed_by_order in /stats counts them\n");
}

// ---- the feed ----

std::optional<http::answer> administration::refuse_feed(const http::request& asked) const {
  if (auto refused = guard_.check(asked)) return refused;
  if (asked.path == feed) return std::nullopt;
  return text(404, std::string("The only WebSocket here is ") + feed + ".\n");
}

task<> administration::show(connection& spectator) {
  const auto seat = spectators_.join(feed, spectator);
  const auto now = to_json(take_account(all_));
  co_await spectator.send(message::text(now));
  const message* said = nullptr;
  do {
    said = co_await spectator.receive();
  } while (said);
}

void administration::on_timeout() {
  if (spectators_.rooms() > 0) {
    spectators_.publish(feed, message::text(to_json(take_account(all_))));
  }
  reactor::current().set_timeout(*this, every);
}

}  // namespace peregrine::admin
