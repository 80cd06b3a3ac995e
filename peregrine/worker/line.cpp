#include "peregrine/worker/line.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace peregrine::worker {

namespace {

// Of a queue that is empty. More is given back when it has not been needed for a while: memory that is new each time
// costs more than what is written to it.
constexpr std::size_t kept_capacity = std::size_t{64} * 1024;
constexpr reactor::duration while_it_is_kept{10'000};

}  // namespace

void line::open(stream_ptr carried) {
  close();
  stream_ = std::move(carried);
  stream_->attach(*this);
  std::vector<std::byte> whole;
  append_number(whole, kind::hello, bus_version);
  whole.insert(whole.end(), out_.begin(), out_.end());
  out_ = std::move(whole);
}

void line::close() noexcept {
  if (!stream_) return;
  stream_.reset();
  reader_ = {};
  has_heard_hello_ = false;
  out_.clear();
  written_ = 0;
}

void line::write() noexcept {
  if (!stream_ || queued() == 0) return;
  longest_ = std::max(longest_, out_.size());
  if (longest_ > kept_capacity && !is_linked()) reactor::current().set_timeout(*this, while_it_is_kept);
  const bytes rest = bytes(out_).subspan(written_);
  written_ += stream_->write({&rest, 1});
  if (written_ == out_.size()) {
    out_.clear();
    written_ = 0;
  } else if (written_ > out_.size() / 2) {  // moves no byte more than twice
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(written_));
    written_ = 0;
  }
}

void line::on_writable() {
  write();
  home_.on_written(*this);
}

void line::on_timeout() {
  if (std::exchange(longest_, 0) > kept_capacity || !out_.empty()) {
    reactor::current().set_timeout(*this, while_it_is_kept);
  } else {
    out_ = std::vector<std::byte>();  // `= {}` would keep the memory
  }
}

void line::on_bytes(mutable_bytes lent) {
  bytes input = lent;
  while (true) {
    switch (reader_.next(input)) {
      case packet_reader::outcome::need_more:
        return;
      case packet_reader::outcome::malformed:
        fail(reader_.why());
        return;
      case packet_reader::outcome::packet:
        break;
    }
    const auto& said = reader_.current();
    if (has_heard_hello_) {
      home_.on_packet(*this, said);
      if (!stream_) return;
    } else if (said.what != kind::hello || said.number() != bus_version) {
      fail("it speaks another version of the bus; restart the server as a whole");
      return;
    } else {
      has_heard_hello_ = true;
    }
  }
}

void line::on_end(int code) {
  fail(code == 0 ? "it has ended" : std::strerror(code));
}

void line::fail(std::string_view why) {
  close();
  home_.on_ended(*this, why);
}

}  // namespace peregrine::worker
