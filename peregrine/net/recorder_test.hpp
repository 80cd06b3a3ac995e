// An owner of a stream that keeps what it is told, for the tests of streams.
#pragma once

#include "peregrine/net/stream.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace peregrine {

class recorder final : public stream::owner {
 public:
  recorder() = default;
  explicit recorder(stream* carried) { take(carried); }

  void take(stream* carried) {
    carried->attach(*this);
    stream_.reset(carried);
  }
  stream& carried() noexcept { return *stream_; }
  bool has_stream() const noexcept { return stream_ != nullptr; }
  void close() noexcept { stream_.reset(); }
  stream_ptr release() noexcept { return std::move(stream_); }

  // Writes as much as the stream takes; the rest goes when it says so.
  void say(std::string_view text) {
    unsent += text;
    send();
  }

  std::string received;
  std::vector<std::size_t> pieces;  // the size of each on_bytes
  std::vector<int> ends;            // the code of each on_end
  int writables = 0;
  std::string unsent;
  std::function<void()> on_piece = [] {};

 private:
  void send() {
    const bytes all = as_bytes(unsent);
    if (!all.empty()) unsent.erase(0, stream_->write({&all, 1}));
  }
  void on_bytes(mutable_bytes lent) override {
    received += as_text(lent);
    pieces.push_back(lent.size());
    on_piece();
  }
  void on_end(int code) override { ends.push_back(code); }
  void on_writable() override {
    ++writables;
    send();
  }

  stream_ptr stream_;
};

}  // namespace peregrine
