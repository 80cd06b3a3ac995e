#include "peregrine/http2/session.hpp"

#include "peregrine/http2/building_head.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
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

  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data) {
    auto& self = of(user_data);
    switch (head->type) {
      case NGHTTP2_DATA:
        if (head->length == 0 && !(head->flags & NGHTTP2_FLAG_END_STREAM)) self.spend(expense::empty);
        break;
      case NGHTTP2_RST_STREAM:
        self.spend(expense::reset);
        break;
      case NGHTTP2_SETTINGS:
        self.spend(expense::settings);
        break;
      case NGHTTP2_PING:
        self.spend(expense::ping);
        break;
      case NGHTTP2_PRIORITY:
      case NGHTTP2_PRIORITY_UPDATE:
        self.spend(expense::priority);
        break;
      case NGHTTP2_WINDOW_UPDATE:
        self.spend(expense::window_update);
        break;
      default:
        break;
    }
    return 0;
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    auto& self = of(user_data);
    // A server's second HEADERS are trailers, which say nothing to a WebSocket.
    if (self.side_ == side::server && frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    self.building_ = building_head::take();
    self.building_->stream = frame->hd.stream_id;
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user_data) {
    auto& self = of(user_data);
    if (!self.building_ || self.building_->stream != frame->hd.stream_id) return 0;
    auto& head = *self.building_;
    head.add(view(name, name_size), view(value, value_size), self.max_head_);
    if (head.size() <= self.max_head_ * bomb) return 0;
    self.fail(error_code::enhance_your_calm,
              "a list of header fields that unpacks to more than " + std::to_string(self.max_head_ * bomb) + " bytes");
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int on_frame(nghttp2_session* state, const nghttp2_frame* frame, void* user_data) {
    auto& self = of(user_data);
    if (self.has_failed_) return 0;
    const auto id = frame->hd.stream_id;
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        if (self.building_ && self.building_->stream == id) {
          self.tell_head(id, ends);
        } else if (ends) {
          tell_end(self, state, id);
        }
        break;
      case NGHTTP2_DATA:
        if (ends) tell_end(self, state, id);
        break;
      case NGHTTP2_SETTINGS:
        if (frame->hd.flags & NGHTTP2_FLAG_ACK) break;
        self.has_peer_settings_ = true;
        self.told_.on_settings();
        self.told_.on_window(0, nullptr);
        break;
      case NGHTTP2_WINDOW_UPDATE: {
        void* user = id == 0 ? nullptr : nghttp2_session_get_stream_user_data(state, id);
        if (id == 0 || user) self.told_.on_window(id, user);
        break;
      }
      case NGHTTP2_GOAWAY:
        self.told_.on_going_away(frame->goaway.last_stream_id, static_cast<error_code>(frame->goaway.error_code),
                                 view(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
        break;
      default:
        break;
    }
    return 0;
  }

  static void tell_end(session& self, nghttp2_session* state, stream_id id) {
    if (void* user = nghttp2_session_get_stream_user_data(state, id)) self.told_.on_end(id, user);
  }

  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user_data) {
    auto& self = of(user_data);
    const bool is_refused = error == NGHTTP2_ERR_REFUSED_STREAM;
    self.spend(is_refused ? expense::refused : expense::provoked);
    if (self.failure_.empty() && frame->hd.stream_id == 0) self.failure_ = nghttp2_strerror(error);
    return 0;
  }

  static int on_data(nghttp2_session* state, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user_data) {
    auto& self = of(user_data);
    nghttp2_session_consume_connection(state, size);
    void* user = nghttp2_session_get_stream_user_data(state, id);
    if (!user || self.has_failed_) {
      nghttp2_session_consume_stream(state, id, size);
      return 0;
    }
    // It lies in what was given to `feed`, which may be changed.
    auto* lent = reinterpret_cast<std::byte*>(const_cast<std::uint8_t*>(data));
    self.told_.on_data(id, user, {lent, size});
    return 0;
  }

  static int on_stream_close(nghttp2_session* state, std::int32_t id, std::uint32_t code, void* user_data) {
    auto& self = of(user_data);
    self.kept_.erase(id);
    if (self.building_ && self.building_->stream == id) building_head::give_back(std::move(self.building_));
    if (void* user = nghttp2_session_get_stream_user_data(state, id)) {
      self.told_.on_closed(id, user, static_cast<error_code>(code));
    }
    return 0;
  }

  static int on_sent(nghttp2_session* state, const nghttp2_frame* frame, void* user_data) {
    auto& self = of(user_data);
    const bool is_last = frame->hd.type <= NGHTTP2_HEADERS && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM);
    if (is_last && !nghttp2_session_get_stream_user_data(state, frame->hd.stream_id)) {
      self.reset_if_open(frame->hd.stream_id);
    }
    if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR && !self.has_failed_) {
      self.has_failed_ = true;
      self.failure_ = std::string(name_of(static_cast<error_code>(frame->goaway.error_code))) + ": " +
                      (self.failure_.empty() ? "the peer broke a rule of HTTP/2" : self.failure_);
    }
    return 0;
  }

  // --- what is sent ---

  static ssize_t send(nghttp2_session*, const std::uint8_t* data, std::size_t size, int, void* user_data) {
    of(user_data).output_.append({reinterpret_cast<const std::byte*>(data), size});
    return static_cast<ssize_t>(size);
  }

  // Says how much of `source_` goes into the next DATA frame; `send_data` copies it.
  static ssize_t read_source(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t length, std::uint32_t* flags,
                             nghttp2_data_source*, void* user_data) {
    auto& self = of(user_data);
    const auto size = std::min(length, self.source_left_);
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (size == self.source_left_) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size,
                       nghttp2_data_source*, void* user_data) {
    constexpr std::size_t head_size = 9;  // RFC 9113 §4.1
    auto& self = of(user_data);
    std::byte* out = self.output_.extend(head_size + size);
    std::memcpy(out, head, head_size);
    out += head_size;
    self.source_left_ -= size;
    while (size > 0) {
      const auto piece = self.source_.front().subspan(self.source_begin_);
      const auto taken = std::min(piece.size(), size);
      std::memcpy(out, piece.data(), taken);
      out += taken;
      size -= taken;
      if (taken == piece.size()) {
        self.source_ = self.source_.subspan(1);
        self.source_begin_ = 0;
      } else {
        self.source_begin_ += taken;
      }
    }
    return 0;
  }

  static ssize_t read_kept(nghttp2_session*, std::int32_t id, std::uint8_t* out, std::size_t length,
                           std::uint32_t* flags, nghttp2_data_source*, void* user_data) {
    auto& self = of(user_data);
    const auto left = self.kept_.find(id);
    const auto size = std::min(length, left->second.text.size());
    std::memcpy(out, left->second.text.data(), size);
    left->second.text.erase(0, size);
    if (left->second.text.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!left->second.ends) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      self.kept_.erase(left);
    }
    return static_cast<ssize_t>(size);
  }

  static nghttp2_session_callbacks* all() {
    static nghttp2_session_callbacks* made = [] {
      nghttp2_session_callbacks* set = nullptr;
      if (nghttp2_session_callbacks_new(&set) != 0) throw std::bad_alloc();
      nghttp2_session_callbacks_set_on_begin_frame_callback(set, on_begin_frame);
      nghttp2_session_callbacks_set_on_begin_headers_callback(set, on_begin_headers);
      nghttp2_session_callbacks_set_on_header_callback(set, on_header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(set, on_frame);
      nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(set, on_invalid_frame);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(set, on_data);
      nghttp2_session_callbacks_set_on_stream_close_callback(set, on_stream_close);
      nghttp2_session_callbacks_set_on_frame_send_callback(set, on_sent);
      nghttp2_session_callbacks_set_send_callback(set, send);
      nghttp2_session_callbacks_set_send_data_callback(set, send_data);
      return set;
    }();
    return made;
  }
};

session::session(side ours, const session_options& options, handler& told)
    : told_(told), max_head_(options.max_head), side_(ours) {
  nghttp2_option* chosen = nullptr;
  if (nghttp2_option_new(&chosen) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_auto_window_update(chosen, 1);
  nghttp2_option_set_no_closed_streams(chosen, 1);
  nghttp2_option_set_stream_reset_rate_limit(chosen, 1'000'000, 1'000'000);  // `allowance` counts them
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

bool session::feed(mutable_bytes input, std::uint64_t now) {
  now_ = now;
  is_feeding_ = true;
  const auto taken =
      nghttp2_session_mem_recv(state_, reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  is_feeding_ = false;
  if (taken < 0 && !has_failed_) {
    const auto error = static_cast<int>(taken);
    // The only one of these that a peer can cause alone beside a wrong preface: CVE-2024-28182.
    fail(error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS ? error_code::enhance_your_calm : error_code::protocol_error,
         nghttp2_strerror(error));
  }
  send_queued();
  return !has_failed_;
}

void session::tell_head(stream_id id, bool ends) {
  auto done = std::move(building_);
  if (side_ == side::server) {
    told_.on_request(id, done->as_request(), ends);
  } else {
    void* user = nghttp2_session_get_stream_user_data(state_, id);
    const auto [status, head] = done->as_response();
    if (user && status >= 200) told_.on_response(id, user, status, head, ends);
    if (user && ends) told_.on_end(id, user);
  }
  building_head::give_back(std::move(done));
}

bool session::has_ended() const noexcept {
  return !nghttp2_session_want_read(state_) && !nghttp2_session_want_write(state_);
}

// ---- a server's streams ----

void session::accept(stream_id id, fields extra, void* user) {
  auto& list = emptied_list();
  list.push_back(pair(":status", "200"));
  append(list, extra);
  nghttp2_session_set_stream_user_data(state_, id, user);
  nghttp2_submit_headers(state_, NGHTTP2_FLAG_NONE, id, nullptr, list.data(), list.size(), nullptr);
  send_queued();
}

void session::respond(stream_id id, int status, fields extra, bytes body) {
  const auto code = std::to_string(status);
  auto& list = emptied_list();
  list.push_back(pair(":status", code));
  append(list, extra);
  nghttp2_data_provider source{};
  source.read_callback = callbacks::read_kept;
  if (!body.empty()) kept_.insert_or_assign(id, kept{std::string(as_text(body)), true});
  nghttp2_submit_response(state_, id, list.data(), list.size(), body.empty() ? nullptr : &source);
  send_queued();
}

// ---- a client's ----

stream_id session::connect(const request_head& asked, void* user) {
  auto& list = emptied_list();
  list.push_back(pair(":method", asked.method));
  list.push_back(pair(":protocol", asked.protocol));
  list.push_back(pair(":scheme", asked.scheme));
  list.push_back(pair(":path", asked.path));
  list.push_back(pair(":authority", asked.authority));
  append(list, asked.head);
  const auto id = nghttp2_submit_headers(state_, NGHTTP2_FLAG_NONE, -1, nullptr, list.data(), list.size(), user);
  send_queued();
  return id > 0 ? id : 0;
}

// ---- both ----

std::size_t session::write(stream_id id, std::span<const bytes> pieces) {
  if (has_failed_) return 0;
  const auto window = std::min(nghttp2_session_get_stream_remote_window_size(state_, id),
                               nghttp2_session_get_remote_window_size(state_));
  if (window <= 0) return 0;
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece.size();
  size = std::min(size, static_cast<std::size_t>(window));
  if (size == 0) return 0;
  if (is_feeding_) return write_later(id, pieces, size);
  source_ = pieces;
  source_begin_ = 0;
  source_left_ = size;
  nghttp2_data_provider source{};
  source.read_callback = callbacks::read_source;
  if (nghttp2_submit_data(state_, NGHTTP2_FLAG_NONE, id, &source) != 0) return 0;
  send_queued();
  allowance_.earn(expense::window_update, 2);
  return size - source_left_;
}

// Within `feed` nothing can be sent, and what the pieces view may be gone after it.
std::size_t session::write_later(stream_id id, std::span<const bytes> pieces, std::size_t window) {
  auto& text = keep(id).text;
  std::size_t taken = 0;
  for (const auto& piece : pieces) {
    const auto part = piece.first(std::min(piece.size(), window - std::min(window, text.size())));
    text.append(as_text(part));
    taken += part.size();
  }
  return taken;
}

session::kept& session::keep(stream_id id) {
  const auto [place, is_new] = kept_.try_emplace(id);
  if (is_new) {
    nghttp2_data_provider source{};
    source.read_callback = callbacks::read_kept;
    nghttp2_submit_data(state_, NGHTTP2_FLAG_END_STREAM, id, &source);
  }
  return place->second;
}

void session::finish(stream_id id) {
  if (is_feeding_) {
    keep(id).ends = true;
    return;
  }
  source_ = {};
  source_left_ = 0;
  nghttp2_data_provider source{};
  source.read_callback = callbacks::read_source;
  if (nghttp2_submit_data(state_, NGHTTP2_FLAG_END_STREAM, id, &source) == 0) send_queued();
}

void session::part(stream_id id) {
  set_user(id, nullptr);
  if (nghttp2_session_get_stream_local_close(state_, id) == 1) {
    reset_if_open(id);
    send_queued();
  } else {
    finish(id);  // then `on_sent` looks whether a reset is needed
  }
}

void session::reset_if_open(stream_id id) {
  if (nghttp2_session_get_stream_remote_close(state_, id) != 0) return;
  nghttp2_submit_rst_stream(state_, NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
}

void session::reset(stream_id id, error_code why) {
  nghttp2_session_set_stream_user_data(state_, id, nullptr);
  nghttp2_submit_rst_stream(state_, NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(why));
  send_queued();
}

void session::consume(stream_id id, std::size_t size) {
  nghttp2_session_consume_stream(state_, id, size);
  send_queued();
}

void session::set_user(stream_id id, void* user) {
  nghttp2_session_set_stream_user_data(state_, id, user);
}

void session::ping() {
  nghttp2_submit_ping(state_, NGHTTP2_FLAG_NONE, nullptr);
  send_queued();
}

void session::go_away() {
  nghttp2_submit_goaway(state_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(state_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  send_queued();
}

void session::terminate(error_code why, std::string text) {
  fail(why, std::move(text));
  send_queued();
}

std::uint32_t session::peer_max_streams() const noexcept {
  return nghttp2_session_get_remote_settings(state_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool session::is_window_shut() const noexcept {
  return nghttp2_session_get_remote_window_size(state_) <= 0;
}

bool session::peer_takes_websockets() const noexcept {
  return has_peer_settings_ &&
         nghttp2_session_get_remote_settings(state_, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

// Within `feed` nghttp2 may not be asked to send: it does when that ends.
void session::send_queued() {
  if (!is_feeding_) nghttp2_session_send(state_);
}

void session::spend(expense kind) {
  if (has_failed_ || allowance_.spend(kind, now_)) return;
  fail(error_code::enhance_your_calm, "too many " + std::string(allowance::name_of(kind)));
}

void session::fail(error_code why, std::string text) {
  if (std::exchange(has_failed_, true)) return;
  failure_ = std::string(name_of(why)) + ": " + text;
  nghttp2_session_terminate_session(state_, static_cast<std::uint32_t>(why));
}

}  // namespace peregrine::http2
