// One end of a stream of packets: a worker's towards the exchange, or the exchange's towards a worker. What is appended
// during a turn leaves as one write.
#pragma once

#include "peregrine/net/stream.hpp"
#include "peregrine/worker/wire.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace peregrine::worker {

class line final : private stream::owner {
 public:
  class owner {
   public:
    virtual void on_packet(line& from, const packet& said) = 0;
    // The stream takes bytes again, and has taken what it would of those that waited.
    virtual void on_written(line& through) = 0;
    // The other end is gone, or speaks what cannot be understood. The line may be destroyed from within this call.
    virtual void on_ended(line& gone, std::string_view why) = 0;

   protected:
    ~owner() = default;
  };

  explicit line(owner& home) : home_(home) {}

  // Begins with `hello`; what was appended before follows it.
  void open(stream_ptr carried);
  // Ends the stream; what was not written is dropped. More may be appended, and it may be opened anew.
  void close() noexcept;
  bool is_open() const noexcept { return stream_ != nullptr; }

  // To append packets to. They wait here until `write`, and while the stream takes no more.
  std::vector<std::byte>& out() noexcept { return out_; }
  std::size_t queued() const noexcept { return out_.size() - written_; }

  // As much as the stream takes at once, if it is open; the rest follows when it takes more.
  void write() noexcept;

 private:
  void on_bytes(mutable_bytes lent) override;
  void on_end(int code) override;
  void on_writable() override;
  void on_timeout() override;
  void fail(std::string_view why);

  owner& home_;
  stream_ptr stream_;
  packet_reader reader_;
  std::vector<std::byte> out_;
  std::size_t written_ = 0;
  std::size_t longest_ = 0;  // bytes that waited at once, since it was last asked whether that much memory is needed
  bool has_heard_hello_ = false;
};

}  // namespace peregrine::worker
