#include "peregrine/http2/session.hpp"

#include "peregrine/http2/building_head.hpp"

#include <array>
#include <string>
#include <utility>

namespace peregrine::http2 {

namespace {

// Beyond so many times the longest head that we take, a compressed head is a bomb.
constexpr std::size_t bomb = 4;

}  // namespace

session::session(side ours, const session_options& options, handler& told)
    : engine_(ours,
              {.max_streams = options.max_streams,
               .stream_window = options.stream_window,
               .connection_window = options.connection_window,
               .max_head = options.max_head},
              *this),
      told_(told),
      cutter_(ours),
      watch_(ours),
      options_(options),
      side_(ours) {
  send_queued();
}

session::~session() = default;

void session::run(mutable_bytes frames) {
  is_running_ = true;
  const auto broken = engine_.read(frames);
  is_running_ = false;
  if (broken) fail(broken->code, broken->why);
  send_queued();
}

// ---- what the engine tells ----

void session::on_head_begin(stream_id id) {
  building_ = building_head::take();
  building_->stream = id;
}

bool session::on_field(stream_id id, std::string_view name, std::string_view value) {
  if (!building_ || building_->stream != id) return true;
  building_->add(name, value, options_.max_head);
  if (building_->size() <= options_.max_head * bomb) return true;
  fail(error_code::enhance_your_calm,
       "a list of header fields that unpacks to more than " + std::to_string(options_.max_head * bomb) + " bytes");
  return false;
}

void session::on_head_end(stream_id id, bool is_request, bool ends) {
  if (has_failed_) return;
  tell_head(id, is_request, ends);
  if (ends) tell_end(id);
}

void session::tell_head(stream_id id, bool is_request, bool ends) {
  if (!building_ || building_->stream != id) return;
  auto done = std::move(building_);
  if (is_request) {
    told_.on_request(id, done->as_request(), ends);
  } else if (side_ == side::client) {
    // Trailers have no status, and what they say is nothing to a WebSocket; nor are interim responses.
    const auto [status, head] = done->as_response();
    auto* by = tunnels_.find(id);
    if (by && status >= 200) {
      by->is_open = true;
      told_.on_response(*by, status, head, ends);
    }
  }
  building_head::give_back(std::move(done));
}

void session::on_content_end(stream_id id) {
  if (!has_failed_) tell_end(id);
}

// Of an ordinary request: so that the engine compares it with the length that was announced (RFC 9113 §8.1.1).
void session::on_content(stream_id id, bytes piece) {
  const auto size = piece.size();
  if (auto* heard = tunnels_.find(id); heard && heard->hears_content && !has_failed_) {
    // The engine takes the stream's window for 65,535 bytes, since it is not told that the peer knows our SETTINGS, and
    // widens it when half of that is consumed: further than the peer can come. So it is widened here as well.
    heard->unread += static_cast<std::uint32_t>(size);
    // It lies in what was fed, which may be changed.
    told_.on_data(*heard, {const_cast<std::byte*>(piece.data()), size});
  }
  const auto answered = heard_out_.find(id);
  if (answered == heard_out_.end()) {
    engine_.consume(id, size);
    return;
  }
  answered->second += size;
  if (answered->second >= options_.stream_window) reset_if_open(id);
  engine_.consume_on_connection(size);
}

void session::on_stream_over(stream_id id, error_code why) {
  if (building_ && building_->stream == id) building_head::give_back(std::move(building_));
  heard_out_.erase(id);
  auto* gone = tunnels_.find(id);
  forget(id);
  if (gone) told_.on_closed(*gone, why);
}

void session::tell_end(stream_id id) {
  auto* ended = tunnels_.find(id);
  if (!ended) return;
  ended->peer_has_ended = true;
  told_.on_end(*ended);
}

void session::on_peer_settings() {
  if (has_failed_) return;
  has_peer_settings_ = true;
  const std::int64_t initial = engine_.peer_initial_window();
  const auto change = initial - std::exchange(initial_window_, initial);
  for (auto& [id, each] : bodies_) change_window(each.way, change);
  told_.on_settings(change);
  told_.on_window(nullptr);
}

void session::on_peer_goaway(stream_id last, error_code why, std::string_view text) {
  if (!has_failed_) told_.on_going_away(last, why, text);
}

bool session::has_ended() const noexcept {
  return engine_.is_done();
}

// ---- what it has sent ----

void session::on_output(bytes ready) {
  output_.append(ready);
}

void session::on_head_sent(stream_id id) {
  if (side_ != side::server) return;
  if (auto* opened = find(id)) open(*opened);
}

void session::on_end_sent(stream_id id) {
  if (!tunnels_.find(id) && !heard_out_.contains(id)) reset_if_open(id);
}

// Its own decision, if we have not failed yet.
void session::on_goaway_sent(error_code why, std::string_view text) {
  fail(why, text.empty() ? "the peer broke a rule of HTTP/2" : text);
}

// ---- a server's streams ----

void session::accept(stream_id id, fields extra, tunnel& by) {
  by.id = id;
  by.send_window = static_cast<std::int32_t>(initial_window_);
  tunnels_.insert(by);
  engine_.respond(id, 200, extra, false);
  send_queued();
}

void session::hear(stream_id id, tunnel& by) {
  by.id = id;
  by.hears_content = true;
  tunnels_.insert(by);
}

void session::respond(stream_id id, int status, fields extra, bytes content, bool hears_out) {
  if (!is_open(id)) return;
  forget(id);
  if (hears_out) heard_out_[id] = 0;
  if (!content.empty()) {
    auto& made = bodies_[id];
    made.way.id = id;
    made.way.send_window = static_cast<std::int32_t>(initial_window_);
    made.unsent = as_text(content);
  }
  engine_.respond(id, status, extra, content.empty());
  send_queued();
  if (!is_running_) send_bodies();
}

// ---- a client's ----

bool session::connect(const request_head& asked, tunnel& by) {
  by.id = engine_.request(asked);
  if (by.id <= 0) return false;
  tunnels_.insert(by);
  by.send_window = static_cast<std::int32_t>(initial_window_);
  watch_.on_asked();
  send_queued();
  return true;
}

// ---- both ----

void session::finish(const tunnel& of) {
  const auto id = of.id;  // with its end sent the tunnel may be gone
  if (!engine_.end(id)) return;
  send_queued();
  if (engine_.ours(id) != engine::half::open) return;
  unended_.push_back(id);
  let_end();
}

// The engine knows of no windows but those that SETTINGS give, and where they give none it holds back even the empty
// frame that ends a stream. So it is told of one, as soon as it is between two frames of the peer's.
void session::let_end() {
  if (unended_.empty() || is_running_ || !cutter_.is_between()) return;
  for (const auto id : std::exchange(unended_, {})) {
    if (engine_.ours(id) != engine::half::open) continue;
    std::array<std::byte, frame_head::size + 4> window{};
    frame_head{4, frame_type::window_update, 0, id}.write(window.data());
    window.back() = std::byte{1};
    run(window);
  }
}

void session::part(tunnel& from) {
  from.is_open = false;
  if (from.hears_content) {  // and was not answered
    reset(from, error_code::cancel);
    return;
  }
  forget(from.id);
  switch (engine_.ours(from.id)) {
    case engine::half::open:
      finish(from);  // then `on_end_sent` looks whether a reset is needed
      break;
    case engine::half::ended:
      reset_if_open(from.id);
      send_queued();
      break;
    case engine::half::absent:  // its request was not sent yet
      reset(from, error_code::cancel);
      break;
  }
}

void session::reset_if_open(stream_id id) {
  if (engine_.theirs(id) == engine::half::open) engine_.reset(id, error_code::no_error);
}

void session::reset(tunnel& of, error_code why) {
  of.is_open = false;
  forget(of.id);
  fail_stream(of, why);
}

// Its owner hears of it.
void session::fail_stream(const tunnel& of, error_code why) {
  engine_.reset(of.id, why);
  send_queued();
}

// From here on nobody is told of the stream.
void session::forget(stream_id id) noexcept {
  if (taken_ && taken_->id == id) taken_ = nullptr;
  tunnels_.erase(id);
  bodies_.erase(id);
}

void session::ping() {
  engine_.ping();
  send_queued();
}

void session::go_away() {
  if (has_failed_) return;
  engine_.go_away();
  send_queued();
}

void session::terminate(error_code why, std::string_view text) {
  fail(why, text);
  send_queued();
}

std::uint32_t session::peer_max_streams() const noexcept {
  return engine_.peer_max_streams();
}

bool session::is_open(stream_id id) const noexcept {
  return engine_.has(id);
}

bool session::peer_takes_websockets() const noexcept {
  return has_peer_settings_ && engine_.peer_takes_extended_connect();
}

// While it runs the engine may not be asked to send: it does when that ends.
void session::send_queued() {
  if (!is_running_) engine_.send();
}

void session::spend(expense kind) {
  if (!has_failed_ && !watch_.spend(kind)) blame(kind);
}

// A reset that the peer has brought about; those that are our own wish say so by their codes.
void session::on_reset_sent(error_code why) {
  switch (why) {
    case error_code::no_error:
    case error_code::cancel:
    case error_code::enhance_your_calm:
      break;
    case error_code::refused_stream:
      spend(expense::refused);
      break;
    default:
      spend(expense::provoked);
      break;
  }
}

void session::blame(expense kind) {
  fail(error_code::enhance_your_calm, "too many " + std::string(allowance::name_of(kind)));
}

void session::fail(error_code why, std::string_view text) {
  if (std::exchange(has_failed_, true)) return;
  failure_ = std::string(name_of(why)).append(": ").append(text);
  engine_.terminate(why);
}

}  // namespace peregrine::http2
