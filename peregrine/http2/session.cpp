#include "peregrine/http2/session.hpp"

#include "peregrine/http2/building_head.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>
#include <vector>

namespace peregrine::http2 {

namespace {

std::string_view view(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

// A field whose bytes last until it is sent, or are copied.
nghttp2_nv pair(std::string_view name, std::string_view value) noexcept {
  const auto raw = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {raw(name), raw(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

// Lists of fields for nghttp2, made in one place for the thread: it copies them at once.
std::vector<nghttp2_nv>& emptied_list() {
  thread_local std::vector<nghttp2_nv> list;
  list.clear();
  return list;
}

// What speaks of one HTTP/1.1 connection has no place on HTTP/2 (RFC 9113 §8.2.2).
bool is_of_connection(std::string_view name) noexcept {
  return equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "upgrade");
}

// Field names are in lower case on HTTP/2 (RFC 9113 §8.2).
void append(std::vector<nghttp2_nv>& list, fields extra) {
  thread_local std::vector<std::string> lowered;
  lowered.clear();
  lowered.reserve(extra.size());
  for (const auto& each : extra) {
    if (is_of_connection(each.name)) continue;
    auto& name = lowered.emplace_back(each.name);
    for (char& letter : name) {
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
    }
    list.push_back(pair(name, each.value));
  }
}

}  // namespace

struct session::callbacks {
  // Beyond so many times the longest head that we take, a compressed head is a bomb.
  static constexpr std::size_t bomb = 4;

  static session& of(void* user_data) noexcept { return *static_cast<session*>(user_data); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    auto& self = of(user_data);
    self.building_ = building_head::take();
    self.building_->stream = frame->hd.stream_id;
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user_data) {
    auto& self = of(user_data);
    if (!self.building_ || self.building_->stream != frame->hd.stream_id) return 0;
    auto& head = *self.building_;
    head.add(view(name, name_size), view(value, value_size), self.options_.max_head);
    if (head.size() <= self.options_.max_head * bomb) return 0;
    self.fail(error_code::enhance_your_calm, "a list of header fields that unpacks to more than " +
                                                 std::to_string(self.options_.max_head * bomb) + " bytes");
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    auto& self = of(user_data);
    if (self.has_failed_) return 0;
    const auto id = frame->hd.stream_id;
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        self.tell_head(id, frame->headers.cat == NGHTTP2_HCAT_REQUEST, ends);
        if (ends) self.tell_end(id);
        break;
      case NGHTTP2_DATA:
        if (ends) self.tell_end(id);
        break;
      case NGHTTP2_SETTINGS:
        if (!(frame->hd.flags & NGHTTP2_FLAG_ACK)) self.tell_settings();
        break;
      case NGHTTP2_GOAWAY:
        self.told_.on_going_away(frame->goaway.last_stream_id, static_cast<error_code>(frame->goaway.error_code),
                                 view(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
        break;
      default:
        break;
    }
    return 0;
  }

  // Of a stream that has no tunnel.
  static int on_data(nghttp2_session* state, std::uint8_t, std::int32_t id, const std::uint8_t*, std::size_t size,
                     void* user_data) {
    auto& self = of(user_data);
    const auto answered = self.heard_out_.find(id);
    if (answered == self.heard_out_.end()) return nghttp2_session_consume(state, id, size);
    answered->second += size;
    if (answered->second >= self.options_.stream_window) self.reset_if_open(id);
    return nghttp2_session_consume_connection(state, size);
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) {
    auto& self = of(user_data);
    if (self.building_ && self.building_->stream == id) building_head::give_back(std::move(self.building_));
    self.heard_out_.erase(id);
    auto* gone = self.tunnels_.find(id);
    self.forget(id);
    if (gone) self.told_.on_closed(*gone, static_cast<error_code>(code));
    return 0;
  }

  static int on_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    auto& self = of(user_data);
    const auto id = frame->hd.stream_id;
    switch (frame->hd.type) {
      case NGHTTP2_DATA:
      case NGHTTP2_HEADERS:
        if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
          if (!self.tunnels_.find(id) && !self.heard_out_.contains(id)) self.reset_if_open(id);
        } else if (auto* opened = self.find(id); opened && self.side_ == side::server) {
          self.open(*opened);
        }
        break;
      case NGHTTP2_RST_STREAM:
        self.count_reset(frame->rst_stream.error_code);
        break;
      case NGHTTP2_GOAWAY:
        if (frame->goaway.error_code != NGHTTP2_NO_ERROR) {  // the engine's own decision, if we have not failed yet
          const auto reason = view(frame->goaway.opaque_data, frame->goaway.opaque_data_len);
          self.fail(static_cast<error_code>(frame->goaway.error_code),
                    reason.empty() ? "the peer broke a rule of HTTP/2" : reason);
        }
        break;
      default:
        break;
    }
    return 0;
  }

  // --- what is sent ---

  static ssize_t send(nghttp2_session*, const std::uint8_t* data, std::size_t size, int, void* user_data) {
    of(user_data).output_.append({reinterpret_cast<const std::byte*>(data), size});
    return static_cast<ssize_t>(size);
  }

  // DATA frames of the engine's are empty: they end a stream.
  static ssize_t read_nothing(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t, std::uint32_t* flags,
                              nghttp2_data_source*, void*) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return 0;
  }

  static nghttp2_session_callbacks* all() {
    static nghttp2_session_callbacks* made = [] {
      nghttp2_session_callbacks* set = nullptr;
      if (nghttp2_session_callbacks_new(&set) != 0) throw std::bad_alloc();
      nghttp2_session_callbacks_set_on_begin_headers_callback(set, on_begin_headers);
      nghttp2_session_callbacks_set_on_header_callback(set, on_header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(set, on_frame);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(set, on_data);
      nghttp2_session_callbacks_set_on_stream_close_callback(set, on_stream_close);
      nghttp2_session_callbacks_set_on_frame_send_callback(set, on_sent);
      nghttp2_session_callbacks_set_send_callback(set, send);
      return set;
    }();
    return made;
  }
};

session::session(side ours, const session_options& options, handler& told)
    : told_(told), cutter_(ours), watch_(ours), options_(options), side_(ours) {
  nghttp2_option* chosen = nullptr;
  if (nghttp2_option_new(&chosen) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_auto_window_update(chosen, 1);
  nghttp2_option_set_no_closed_streams(chosen, 1);
  nghttp2_option_set_stream_reset_rate_limit(chosen, 1'000'000, 1'000'000);  // `flood_watch` counts them
  const int made = ours == side::server ? nghttp2_session_server_new2(&state_, callbacks::all(), this, chosen)
                                        : nghttp2_session_client_new2(&state_, callbacks::all(), this, chosen);
  nghttp2_option_del(chosen);
  if (made != 0) throw std::bad_alloc();

  std::array<nghttp2_settings_entry, 5> settings;
  std::size_t count = 0;
  settings[count++] = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window};
  settings[count++] = {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options.max_head};
  settings[count++] = {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1};
  if (ours == side::server) {
    settings[count++] = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.max_streams};
    settings[count++] = {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
  } else {
    settings[count++] = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  }
  nghttp2_submit_settings(state_, NGHTTP2_FLAG_NONE, settings.data(), count);
  nghttp2_session_set_local_window_size(state_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(options.connection_window));
  send_queued();
}

session::~session() {
  nghttp2_session_del(state_);
}

void session::run(mutable_bytes frames) {
  is_running_ = true;
  const auto taken =
      nghttp2_session_mem_recv(state_, reinterpret_cast<const std::uint8_t*>(frames.data()), frames.size());
  is_running_ = false;
  if (taken < 0 && !has_failed_) {
    const auto error = static_cast<int>(taken);
    // What a peer can cause of these, beside a wrong preface.
    if (error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
      fail(error_code::enhance_your_calm, "too many CONTINUATION frames (CVE-2024-28182)");
    } else {
      fail(error_code::protocol_error, nghttp2_strerror(error));
    }
  }
  send_queued();
}

// ---- what the engine tells ----

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

void session::tell_end(stream_id id) {
  auto* ended = tunnels_.find(id);
  if (!ended) return;
  ended->peer_has_ended = true;
  told_.on_end(*ended);
}

void session::tell_settings() {
  has_peer_settings_ = true;
  const std::int64_t initial = nghttp2_session_get_remote_settings(state_, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE);
  const auto change = initial - std::exchange(initial_window_, initial);
  for (auto& [id, each] : bodies_) change_window(each.way, change);
  told_.on_settings(change);
  told_.on_window(nullptr);
}

bool session::has_ended() const noexcept {
  return !nghttp2_session_want_read(state_) && !nghttp2_session_want_write(state_);
}

// ---- a server's streams ----

void session::accept(stream_id id, fields extra, tunnel& by) {
  auto& list = emptied_list();
  list.push_back(pair(":status", "200"));
  append(list, extra);
  by.id = id;
  by.send_window = static_cast<std::int32_t>(initial_window_);
  tunnels_.insert(by);
  nghttp2_submit_headers(state_, NGHTTP2_FLAG_NONE, id, nullptr, list.data(), list.size(), nullptr);
  send_queued();
}

void session::respond(stream_id id, int status, fields extra, bytes content, bool hears_out) {
  if (!is_open(id)) return;
  if (hears_out) heard_out_[id] = 0;
  const auto code = std::to_string(status);
  auto& list = emptied_list();
  list.push_back(pair(":status", code));
  append(list, extra);
  if (!content.empty()) {
    auto& made = bodies_[id];
    made.way.id = id;
    made.way.send_window = static_cast<std::int32_t>(initial_window_);
    made.unsent = as_text(content);
  }
  const auto flags = content.empty() ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
  nghttp2_submit_headers(state_, static_cast<std::uint8_t>(flags), id, nullptr, list.data(), list.size(), nullptr);
  send_queued();
  if (!is_running_) send_bodies();
}

// ---- a client's ----

bool session::connect(const request_head& asked, tunnel& by) {
  auto& list = emptied_list();
  list.push_back(pair(":method", asked.method));
  list.push_back(pair(":protocol", asked.protocol));
  list.push_back(pair(":scheme", asked.scheme));
  list.push_back(pair(":path", asked.path));
  list.push_back(pair(":authority", asked.authority));
  append(list, asked.head);
  by.id = nghttp2_submit_headers(state_, NGHTTP2_FLAG_NONE, -1, nullptr, list.data(), list.size(), nullptr);
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
  nghttp2_data_provider source{};
  source.read_callback = callbacks::read_nothing;
  if (nghttp2_submit_data(state_, NGHTTP2_FLAG_END_STREAM, id, &source) != 0) return;
  send_queued();
  if (nghttp2_session_get_stream_local_close(state_, id) != 0) return;
  unended_.push_back(id);
  let_end();
}

// The engine knows of no windows but those that SETTINGS give, and where they give none it holds back even the empty
// frame that ends a stream. So it is told of one, as soon as it is between two frames of the peer's.
void session::let_end() {
  if (unended_.empty() || is_running_ || !cutter_.is_between()) return;
  for (const auto id : std::exchange(unended_, {})) {
    if (nghttp2_session_get_stream_local_close(state_, id) != 0) continue;
    std::array<std::byte, frame_head::size + 4> window{};
    frame_head{4, frame_type::window_update, 0, id}.write(window.data());
    window.back() = std::byte{1};
    run(window);
  }
}

void session::part(tunnel& from) {
  from.is_open = false;
  forget(from.id);
  switch (nghttp2_session_get_stream_local_close(state_, from.id)) {
    case 0:
      finish(from);  // then `on_sent` looks whether a reset is needed
      break;
    case 1:
      reset_if_open(from.id);
      send_queued();
      break;
    default:  // its request was not sent yet
      reset(from, error_code::cancel);
      break;
  }
}

void session::reset_if_open(stream_id id) {
  if (nghttp2_session_get_stream_remote_close(state_, id) != 0) return;
  nghttp2_submit_rst_stream(state_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
}

void session::reset(tunnel& of, error_code why) {
  of.is_open = false;
  forget(of.id);
  fail_stream(of, why);
}

// Its owner hears of it.
void session::fail_stream(const tunnel& of, error_code why) {
  nghttp2_submit_rst_stream(state_, NGHTTP2_FLAG_NONE, of.id, static_cast<std::uint32_t>(why));
  send_queued();
}

// From here on nobody is told of the stream.
void session::forget(stream_id id) noexcept {
  if (taken_ && taken_->id == id) taken_ = nullptr;
  tunnels_.erase(id);
  bodies_.erase(id);
}

void session::ping() {
  nghttp2_submit_ping(state_, NGHTTP2_FLAG_NONE, nullptr);
  send_queued();
}

void session::go_away() {
  if (has_failed_) return;
  nghttp2_submit_goaway(state_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(state_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  send_queued();
}

void session::terminate(error_code why, std::string_view text) {
  fail(why, text);
  send_queued();
}

std::uint32_t session::peer_max_streams() const noexcept {
  return nghttp2_session_get_remote_settings(state_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool session::is_open(stream_id id) const noexcept {
  return nghttp2_session_find_stream(state_, id) != nullptr;
}

bool session::peer_takes_websockets() const noexcept {
  return has_peer_settings_ &&
         nghttp2_session_get_remote_settings(state_, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

// While it runs the engine may not be asked to send: it does when that ends.
void session::send_queued() {
  if (!is_running_) nghttp2_session_send(state_);
}

void session::spend(expense kind) {
  if (!has_failed_ && !watch_.spend(kind)) blame(kind);
}

// A reset that the peer has brought about; those that are our own wish say so by their codes.
void session::count_reset(std::uint32_t code) {
  switch (static_cast<error_code>(code)) {
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
  nghttp2_session_terminate_session(state_, static_cast<std::uint32_t>(why));
}

}  // namespace peregrine::http2
