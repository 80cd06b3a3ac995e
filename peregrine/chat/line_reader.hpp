// Lines from a descriptor, such as standard input, through the loop: from a terminal, a pipe, a socket or a file.
//
// The descriptor's own flags are left alone: O_NONBLOCK belongs to the open file, which on a terminal is everybody's.
// One read for each time that it is ready does not wait either.
#pragma once

#include "peregrine/base/result.hpp"
#include "peregrine/runtime/reactor.hpp"

#include <string>
#include <string_view>

namespace peregrine::chat {

class line_reader final : private watched, private event_target {
 public:
  class listener {
   public:
    // Without its end. Valid during the call.
    virtual void on_line(std::string_view line) = 0;
    // The last call: the end of input, after a last line that may lack its own; or the errno that ended it.
    virtual void on_end_of_input(int code) = 0;

   protected:
    ~listener() = default;
  };

  // A longer line comes in pieces of this many bytes.
  static constexpr std::size_t longest_line = std::size_t{256} * 1024;

  // `descriptor` stays open as long as this lives, and is not closed by it.
  line_reader(int descriptor, listener& told) noexcept : descriptor_(descriptor), told_(told) {}
  line_reader(const line_reader&) = delete;
  line_reader& operator=(const line_reader&) = delete;
  ~line_reader() override;

  // Between these two nothing is read, and whoever writes is held back; it begins paused.
  result<> resume();
  void pause() noexcept;

 private:
  void on_ready(std::uint32_t) override { read(); }
  void on_turn() override;
  void read();
  void take(std::string_view piece);
  void end(int code);

  int descriptor_;
  listener& told_;
  std::string begun_;  // of a line whose end has not come
  bool is_paused_ = true;
  bool is_watched_ = false;
  bool is_file_ = false;  // cannot be watched, and never makes anybody wait
  bool has_ended_ = false;
};

}  // namespace peregrine::chat
