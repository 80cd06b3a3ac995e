#include "peregrine/http2/engine.hpp"

#include "peregrine/base/heap_account.hpp"

#include <nghttp2/nghttp2.h>

#include <array>
#include <new>
#include <string>
#include <vector>

namespace peregrine::http2 {

namespace {

constinit heap_account engines("nghttp2: sessions and streams", owner::library);

nghttp2_mem counted_memory() noexcept {
  return {nullptr, [](std::size_t size, void*) { return engines.take(size); },
          [](void* block, void*) { engines.release(block); },
          [](std::size_t count, std::size_t size, void*) { return engines.take_zeroed(count, size); },
          [](void* block, std::size_t size, void*) { return engines.resize(block, size); }};
}

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

engine::half half_of(int closed) noexcept {
  if (closed < 0) return engine::half::absent;
  return closed == 0 ? engine::half::open : engine::half::ended;
}

}  // namespace

struct engine::callbacks {
  static listener& of(void* user_data) noexcept { return *static_cast<listener*>(user_data); }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    of(user_data).on_head_begin(frame->hd.stream_id);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user_data) {
    const bool goes_on = of(user_data).on_field(frame->hd.stream_id, view(name, name_size), view(value, value_size));
    return goes_on ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    auto& told = of(user_data);
    const auto id = frame->hd.stream_id;
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        told.on_head_end(id, frame->headers.cat == NGHTTP2_HCAT_REQUEST, ends);
        break;
      case NGHTTP2_DATA:
        if (ends) told.on_content_end(id);
        break;
      case NGHTTP2_SETTINGS:
        if (!(frame->hd.flags & NGHTTP2_FLAG_ACK)) told.on_peer_settings();
        break;
      case NGHTTP2_GOAWAY:
        told.on_peer_goaway(frame->goaway.last_stream_id, static_cast<error_code>(frame->goaway.error_code),
                            view(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
        break;
      default:
        break;
    }
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user_data) {
    of(user_data).on_content(id, {reinterpret_cast<const std::byte*>(data), size});
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) {
    of(user_data).on_stream_over(id, static_cast<error_code>(code));
    return 0;
  }

  static int on_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    auto& told = of(user_data);
    const auto id = frame->hd.stream_id;
    switch (frame->hd.type) {
      case NGHTTP2_DATA:
      case NGHTTP2_HEADERS:
        if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
          told.on_end_sent(id);
        } else {
          told.on_head_sent(id);
        }
        break;
      case NGHTTP2_RST_STREAM:
        told.on_reset_sent(static_cast<error_code>(frame->rst_stream.error_code));
        break;
      case NGHTTP2_GOAWAY:
        if (frame->goaway.error_code != NGHTTP2_NO_ERROR) {
          told.on_goaway_sent(static_cast<error_code>(frame->goaway.error_code),
                              view(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
        }
        break;
      default:
        break;
    }
    return 0;
  }

  static ssize_t send(nghttp2_session*, const std::uint8_t* data, std::size_t size, int, void* user_data) {
    of(user_data).on_output({reinterpret_cast<const std::byte*>(data), size});
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

void engine::deleter::operator()(nghttp2_session* freed) const noexcept {
  nghttp2_session_del(freed);
}

engine::engine(side ours, const engine_settings& chosen, listener& told) {
  nghttp2_option* option = nullptr;
  if (nghttp2_option_new(&option) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_stream_reset_rate_limit(option, 1'000'000, 1'000'000);  // `flood_watch` counts them
  nghttp2_session* state = nullptr;
  auto memory = counted_memory();  // it is copied
  const int made = ours == side::server ? nghttp2_session_server_new3(&state, callbacks::all(), &told, option, &memory)
                                        : nghttp2_session_client_new3(&state, callbacks::all(), &told, option, &memory);
  nghttp2_option_del(option);
  if (made != 0) throw std::bad_alloc();
  state_.reset(state);

  std::array<nghttp2_settings_entry, 5> settings;
  std::size_t count = 0;
  settings[count++] = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, chosen.stream_window};
  settings[count++] = {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, chosen.max_head};
  settings[count++] = {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1};
  if (ours == side::server) {
    settings[count++] = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, chosen.max_streams};
    settings[count++] = {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
  } else {
    settings[count++] = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  }
  nghttp2_submit_settings(state, NGHTTP2_FLAG_NONE, settings.data(), count);
  nghttp2_session_set_local_window_size(state, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(chosen.connection_window));
}

std::optional<engine::breach> engine::read(bytes frames) {
  const auto taken =
      nghttp2_session_mem_recv(state_.get(), reinterpret_cast<const std::uint8_t*>(frames.data()), frames.size());
  if (taken >= 0) return std::nullopt;
  const auto error = static_cast<int>(taken);
  // What a peer can cause of these, beside a wrong preface.
  if (error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
    return breach{error_code::enhance_your_calm, "too many CONTINUATION frames (CVE-2024-28182)"};
  }
  return breach{error_code::protocol_error, nghttp2_strerror(error)};
}

void engine::send() {
  nghttp2_session_send(state_.get());
}

// ---- what is to be sent ----

void engine::respond(stream_id id, int status, fields extra, bool ends) {
  const auto code = std::to_string(status);
  auto& list = emptied_list();
  list.push_back(pair(":status", code));
  append(list, extra);
  const auto flags = ends ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
  nghttp2_submit_headers(state_.get(), static_cast<std::uint8_t>(flags), id, nullptr, list.data(), list.size(),
                         nullptr);
}

stream_id engine::request(const request_head& asked) {
  auto& list = emptied_list();
  list.push_back(pair(":method", asked.method));
  list.push_back(pair(":protocol", asked.protocol));
  list.push_back(pair(":scheme", asked.scheme));
  list.push_back(pair(":path", asked.path));
  list.push_back(pair(":authority", asked.authority));
  append(list, asked.head);
  return nghttp2_submit_headers(state_.get(), NGHTTP2_FLAG_NONE, -1, nullptr, list.data(), list.size(), nullptr);
}

bool engine::end(stream_id id) {
  nghttp2_data_provider source{};
  source.read_callback = callbacks::read_nothing;
  return nghttp2_submit_data(state_.get(), NGHTTP2_FLAG_END_STREAM, id, &source) == 0;
}

void engine::reset(stream_id id, error_code why) {
  nghttp2_submit_rst_stream(state_.get(), NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(why));
}

void engine::ping() {
  nghttp2_submit_ping(state_.get(), NGHTTP2_FLAG_NONE, nullptr);
}

void engine::go_away() {
  nghttp2_submit_goaway(state_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(state_.get()),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

void engine::terminate(error_code why) {
  nghttp2_session_terminate_session(state_.get(), static_cast<std::uint32_t>(why));
}

void engine::consume(stream_id id, std::size_t size) {
  nghttp2_session_consume(state_.get(), id, size);
}

void engine::consume_on_connection(std::size_t size) {
  nghttp2_session_consume_connection(state_.get(), size);
}

// ---- what is known ----

engine::half engine::ours(stream_id id) const noexcept {
  return half_of(nghttp2_session_get_stream_local_close(state_.get(), id));
}

engine::half engine::theirs(stream_id id) const noexcept {
  return half_of(nghttp2_session_get_stream_remote_close(state_.get(), id));
}

bool engine::has(stream_id id) const noexcept {
  return nghttp2_session_find_stream(state_.get(), id) != nullptr;
}

bool engine::is_done() const noexcept {
  return !nghttp2_session_want_read(state_.get()) && !nghttp2_session_want_write(state_.get());
}

std::uint32_t engine::peer_initial_window() const noexcept {
  return nghttp2_session_get_remote_settings(state_.get(), NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE);
}

std::uint32_t engine::peer_max_streams() const noexcept {
  return nghttp2_session_get_remote_settings(state_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool engine::peer_takes_extended_connect() const noexcept {
  return nghttp2_session_get_remote_settings(state_.get(), NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

}  // namespace peregrine::http2
