// The other end of a connection, in a test's hands: writes what it likes, and tells in words what it reads.
#pragma once

#include "peregrine/connection/connection.hpp"
#include "peregrine/net/memory_stream.hpp"
#include "peregrine/runtime/manual_poller.hpp"
#include "peregrine/websocket/deflate.hpp"
#include "peregrine/websocket/reader.hpp"
#include "peregrine/websocket/writer.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace peregrine {

class far_end final : public stream::owner {
 public:
  explicit far_end(stream* carried, websocket::role ours = websocket::role::client) : ours_(ours), stream_(carried) {
    options_.role = ours;
    options_.max_message = 64 * 1024 * 1024;
    stream_->attach(*this);
  }

  void write(bytes raw) {
    unsent_.insert(unsent_.end(), raw.begin(), raw.end());
    send();
  }
  void write(std::string_view raw) { write(as_bytes(raw)); }
  void frame(websocket::opcode type, std::string_view payload, bool final = true) {
    write(encoded(ours_, type, payload, final));
  }
  void text(std::string_view said) { frame(websocket::opcode::text, said); }
  void close_with(websocket::close_code code, std::string_view why = {}) {
    frame(websocket::opcode::close, as_text(websocket::close_payload(code, why).view()));
  }
  static std::vector<std::byte> encoded(websocket::role ours, websocket::opcode type, std::string_view payload,
                                        bool final = true) {
    std::vector<std::byte> out;
    websocket::append_frame(out, ours, {type, as_bytes(payload), false, final});
    return out;
  }

  // Reads a head of HTTP before the frames.
  void expect_head() noexcept { in_head_ = true; }
  // Takes messages apart that are compressed, each by itself.
  void expect_deflate() { inflater_ = std::make_unique<websocket::inflater>(websocket::context_takeover::no); }

  stream& carried() noexcept { return *stream_; }
  void leave() noexcept { stream_.reset(); }

  std::vector<std::string> take_heard() { return std::exchange(heard, {}); }

  std::string head;
  std::vector<std::string> heard;  // "text hello", "ping ", "close 1000 why", "violation …"
  std::size_t received = 0;        // bytes
  int end = -1;                    // the code of on_end

 private:
  void send() {
    const bytes all = unsent_;
    if (all.empty() || !stream_) return;
    const auto taken = stream_->write({&all, 1});
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(taken));
  }

  void on_bytes(mutable_bytes lent) override {
    received += lent.size();
    while (in_head_ && !lent.empty()) {
      head += static_cast<char>(lent.front());
      lent = lent.subspan(1);
      const bool is_refusal = head.starts_with("HTTP/1.1 ") && !head.starts_with("HTTP/1.1 101");
      if (head.ends_with("\r\n\r\n") && !is_refusal) in_head_ = false;  // a refusal's body is kept with its head
    }
    for (auto next = reader_.feed(lent, options_, inflater_.get()); next.kind != websocket::event_kind::need_more;
         next = reader_.feed(lent, options_, inflater_.get())) {
      heard.push_back(in_words(next));
    }
  }
  void on_end(int code) override { end = code; }
  void on_writable() override { send(); }

  static std::string in_words(const websocket::event& what) {
    const std::string payload(as_text(what.payload));
    const auto code = std::to_string(static_cast<int>(what.code));
    switch (what.kind) {
      case websocket::event_kind::message:
        return (what.type == websocket::opcode::text ? "text " : "binary ") + payload;
      case websocket::event_kind::ping:
        return "ping " + payload;
      case websocket::event_kind::pong:
        return "pong " + payload;
      case websocket::event_kind::close:
        return "close " + code + " " + payload;
      case websocket::event_kind::violation:
        return "violation " + code + " " + payload;
      case websocket::event_kind::need_more:
        break;
    }
    return {};
  }

  websocket::role ours_;
  websocket::reader reader_;
  websocket::reader_options options_;
  std::unique_ptr<websocket::inflater> inflater_;
  bool in_head_ = false;
  std::vector<std::byte> unsent_;
  stream_ptr stream_;
};

}  // namespace peregrine
